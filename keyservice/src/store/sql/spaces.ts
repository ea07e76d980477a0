import type { Kysely, Selectable } from 'kysely'
import type { Spaces, StoredSpace } from '../port/spaces.ts'
import type { Schema, SpacesTable } from '../schema.ts'

/** Spaces in SQL. A removed one keeps its row, so that its id is never given again. */
export function spaces(db: Kysely<Schema>): Spaces {
  return {
    async insert(space) {
      await db
        .insertInto('spaces')
        .values({
          id: space.id,
          account: space.account,
          display_name: space.displayName,
          logo: space.logo,
          created_ms: space.createdMs,
          removed_ms: space.removedMs,
        })
        .execute()
    },
    async find(id) {
      const row = await db.selectFrom('spaces').selectAll().where('id', '=', id).executeTakeFirst()
      return row && fromRow(row)
    },
    async remove(id, atMs) {
      await db.updateTable('spaces').set({ removed_ms: atMs }).where('id', '=', id).execute()
    },
    async list(account) {
      const rows = await db
        .selectFrom('spaces')
        .selectAll()
        .where('account', '=', account)
        .where('removed_ms', 'is', null)
        .orderBy('id')
        .execute()
      return rows.map(fromRow)
    },
  }
}

function fromRow(row: Selectable<SpacesTable>): StoredSpace {
  return {
    id: row.id,
    account: row.account,
    displayName: row.display_name,
    logo: row.logo,
    createdMs: row.created_ms,
    removedMs: row.removed_ms,
  }
}
