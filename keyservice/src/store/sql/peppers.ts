import { type Kysely, sql } from 'kysely'
import type { Peppers } from '../port/peppers.ts'
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
    async versions() {
      const rows = await db.selectFrom('peppers').select('version').orderBy('version').execute()
      return rows.map(({ version }) => version)
    },
    async need(version) {
      const one = tokensOf(db, version).select('credentials.id').limit(1)
      const live = one
        .where('credentials.ended_ms', 'is', null)
        .where('keys.state', '!=', 'revoked')
      if ((await live.executeTakeFirst()) !== undefined) return 'Live'
      return (await one.executeTakeFirst()) === undefined ? 'None' : 'Ended'
    },
    async count(version) {
      const live = sql<number>`sum(case when credentials.ended_ms is null and keys.state <> 'revoked' then 1 else 0 end)`
      const row = await tokensOf(db, version)
        .select((select) => [select.fn.countAll<number>().as('rows'), live.as('live')])
        .executeTakeFirstOrThrow()
      const alive = row.live ?? 0
      return { live: alive, ended: row.rows - alive }
    },
  }
}

function tokensOf(db: Kysely<Schema>, version: number) {
  return (
    db
      .selectFrom('credentials')
      .innerJoin('keys', 'keys.id', 'credentials.key_id')
      // Written out: the index has rows with a pepper alone, and is not used unless that is sure.
      .where('credentials.pepper', '>', sql.lit(0))
      .where('credentials.pepper', '=', version)
  )
}
