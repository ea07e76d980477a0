import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Store } from '../port.ts'

/**
 * What was used of rate limits, for all replicas. PostgreSQL keeps it out of its log: it changes all the time, and after a
 * crash of the database the windows begin anew.
 */
export function rateWindows(engine: Store['engine']): Migration {
  const kind = engine === 'postgres' ? sql`unlogged` : sql``
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`create ${kind} table rate_windows (
        name text not null,
        start_ms bigint not null,
        used bigint not null,
        primary key (name, start_ms)
      )`.execute(db)
      await db.schema
        .createIndex('rate_windows_start')
        .on('rate_windows')
        .column('start_ms')
        .execute()
    },
  }
}
