import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What tells a store that was brought back from a backup, and what it may not do until somebody has looked at it. */
export function restore(): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const column of ['restored_ms', 'restored_number'] as const) {
        await db.schema.alterTable('store').addColumn(column, 'bigint').execute()
      }
      await db.schema.alterTable('store').addColumn('home', 'text').execute()
    },
  }
}
