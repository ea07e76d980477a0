import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Schema } from '../schema.ts'

/** Users that were removed kept their passwords, and the failures under their names. */
export function removedUsers(): Migration {
  return {
    async up(db: Kysely<Schema>): Promise<void> {
      const removed = db.selectFrom('users').select('id').where('removed_ms', 'is not', null)
      await db.deleteFrom('logins').where('user_id', 'in', removed).execute()
      await db.deleteFrom('failed_logins').where('username', 'in', removed).execute()
    },
  }
}
