import { type Kysely, sql } from 'kysely'
import type { Peppers } from '../port.ts'
import type { Schema } from '../schema.ts'

/** Which peppers there were, and which rows need them, in SQL. */
export function peppers(db: Kysely<Schema>): Peppers {
  return {
    async remember(version, check) {
      await db
        .insertInto('peppers')
        .values({ version, check_hash: check })
        .onConflict((conflict) => conflict.column('version').doNothing())
        .execute()
      const row = await db
        .selectFrom('peppers')
        .select('check_hash')
        .where('version', '=', version)
        .executeTakeFirst()
      return row?.check_hash === check
    },
    async needs() {
      const live = sql<number>`sum(case when credentials.ended_ms is null and keys.state <> 'revoked' then 1 else 0 end)`
      const rows = await db
        .selectFrom('credentials')
        .innerJoin('keys', 'keys.id', 'credentials.key_id')
        .select((row) => [
          'credentials.pepper',
          row.fn.countAll<number>().as('rows'),
          live.as('live'),
        ])
        .where('credentials.pepper', '>', sql.lit(0))
        .groupBy('credentials.pepper')
        .orderBy('credentials.pepper')
        .execute()
      return rows.map((row) => ({
        version: row.pepper,
        live: row.live,
        ended: row.rows - row.live,
      }))
    },
  }
}
