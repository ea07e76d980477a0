import type { Kysely } from 'kysely'
import type { Rates } from '../port/rates.ts'
import type { Schema } from '../schema.ts'

/** What was used of rate limits, in SQL: one statement each, which the row itself puts in order. */
export function rates(db: Kysely<Schema>): Rates {
  return {
    async add({ name, startMs }, count) {
      const { used } = await db
        .insertInto('rate_windows')
        .values({ name, start_ms: startMs, used: count })
        .onConflict((conflict) =>
          conflict.columns(['name', 'start_ms']).doUpdateSet({
            used: (row) => row('rate_windows.used', '+', row.ref('excluded.used')),
          }),
        )
        .returning('used')
        .executeTakeFirstOrThrow()
      return used
    },
    async forget(beforeMs) {
      await db.deleteFrom('rate_windows').where('start_ms', '<', beforeMs).execute()
    },
  }
}
