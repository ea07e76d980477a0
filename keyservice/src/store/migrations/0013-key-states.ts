import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Counts the keys of an account in a state, or those that are still shown, from the index alone. */
export function keyStates(): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.dropIndex('keys_state').execute()
      await db.schema
        .createIndex('keys_states')
        .on('keys')
        .columns(['account', 'state', 'expires_ms', 'pending_until_ms', 'revoked_ms'])
        .execute()
    },
  }
}
