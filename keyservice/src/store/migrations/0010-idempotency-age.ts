import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Finds the rows of idempotency that are old enough to be forgotten. */
export function idempotencyAge(): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createIndex('idempotency_created')
        .on('idempotency')
        .column('created_ms')
        .execute()
    },
  }
}
