import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Why a key was switched off, in the words of who did it. */
export function stateMessage(): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.alterTable('keys').addColumn('state_message', 'text').execute()
    },
  }
}
