import type { Kysely, Selectable } from 'kysely'
import type { StoredUser, Users } from '../port/users.ts'
import type { Schema, UsersTable } from '../schema.ts'

/** Users in SQL. A removed one keeps its row, so that its id is never given again. */
export function users(db: Kysely<Schema>): Users {
  return {
    async insert(user) {
      await db
        .insertInto('users')
        .values({
          id: user.id,
          account: user.account,
          display_name: user.displayName,
          avatar: user.avatar,
          created_ms: user.createdMs,
          removed_ms: user.removedMs,
        })
        .execute()
    },
    async find(id) {
      const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
      return row && fromRow(row)
    },
    async remove(id, atMs) {
      await db.updateTable('users').set({ removed_ms: atMs }).where('id', '=', id).execute()
    },
    async list(account) {
      const rows = await db
        .selectFrom('users')
        .selectAll()
        .where('account', '=', account)
        .where('removed_ms', 'is', null)
        .orderBy('id')
        .execute()
      return rows.map(fromRow)
    },
  }
}

function fromRow(row: Selectable<UsersTable>): StoredUser {
  return {
    id: row.id,
    account: row.account,
    displayName: row.display_name,
    avatar: row.avatar,
    createdMs: row.created_ms,
    removedMs: row.removed_ms,
  }
}
