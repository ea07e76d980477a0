import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Tells the tokens that have a pepper and have not ended from those that have, without reading them. */
export function pepperEnds(): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.dropIndex('credentials_pepper').execute()
      await db.schema
        .createIndex('credentials_pepper_ended')
        .on('credentials')
        .columns(['pepper', 'ended_ms'])
        .where(sql.ref('pepper'), '>', sql.lit(0))
        .execute()
    },
  }
}
