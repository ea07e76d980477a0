import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Why a token ended: one that was published is told apart from one that was replaced. */
export function endReason(): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.alterTable('credentials').addColumn('end_reason', 'text').execute()
    },
  }
}
