import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Store } from '../port.ts'

/** Sessions, and how users log in. */
export function sessions(engine: Store['engine']): Migration {
  const clustered = engine === 'sqlite' ? sql`without rowid` : sql``
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('sessions')
        .addColumn('hash', 'text', (column) => column.primaryKey().notNull())
        .addColumn('id', 'text', (column) => column.notNull().unique())
        .addColumn('account', 'text', (column) => column.notNull().references('accounts.id'))
        .addColumn('credential_id', 'text', (column) => column.references('credentials.id'))
        .addColumn('user_id', 'text', (column) => column.references('users.id'))
        .addColumn('created_ms', 'bigint', (column) => column.notNull())
        .addColumn('expires_ms', 'bigint', (column) => column.notNull())
        .addColumn('ended_ms', 'bigint')
        .modifyEnd(clustered)
        .execute()
      await db.schema.createIndex('sessions_user').on('sessions').column('user_id').execute()
      await db.schema.createIndex('sessions_expires').on('sessions').column('expires_ms').execute()

      await db.schema
        .createTable('logins')
        .addColumn('user_id', 'text', (column) =>
          column.primaryKey().notNull().references('users.id'),
        )
        .addColumn('password_hash', 'text', (column) => column.notNull())
        .addColumn('scopes', 'text', (column) => column.notNull())
        .addColumn('changed_ms', 'bigint', (column) => column.notNull())
        .modifyEnd(clustered)
        .execute()

      await db.schema
        .createTable('failed_logins')
        .addColumn('username', 'text', (column) => column.primaryKey().notNull())
        .addColumn('failures', 'integer', (column) => column.notNull())
        .addColumn('last_ms', 'bigint', (column) => column.notNull())
        .modifyEnd(clustered)
        .execute()
    },
  }
}
