import type { Kysely } from 'kysely'
import type { Life } from '../port/life.ts'
import type { Schema } from '../schema.ts'
import type { Dialect } from './tables.ts'

/** The life of the store in SQL: the only row of its table. */
export function life(db: Kysely<Schema>, dialect: Dialect): Life {
  return {
    async find() {
      const row = await db.selectFrom('store').selectAll().executeTakeFirst()
      return (
        row && {
          life: row.life,
          home: row.home,
          restored:
            row.restored_ms === null
              ? null
              : { atMs: row.restored_ms, number: row.restored_number ?? 0 },
        }
      )
    },
    async insertOnce(name) {
      await db
        .insertInto('store')
        .values({ id: 1, life: name, home: null, restored_ms: null, restored_number: null })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    async save({ life: name, home, restored }) {
      await db
        .updateTable('store')
        .set({
          life: name,
          home,
          restored_ms: restored?.atMs ?? null,
          restored_number: restored?.number ?? null,
        })
        .execute()
    },
    home: () => dialect.home(db),
  }
}
