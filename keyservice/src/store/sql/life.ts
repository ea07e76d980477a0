import type { Kysely } from 'kysely'
import type { Life } from '../port.ts'
import type { Schema } from '../schema.ts'

/** The life of the store in SQL: the only row of its table. */
export function life(db: Kysely<Schema>): Life {
  return {
    async find() {
      return (await db.selectFrom('store').select('life').executeTakeFirst())?.life
    },
    async insertOnce(name) {
      await db
        .insertInto('store')
        .values({ id: 1, life: name })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
  }
}
