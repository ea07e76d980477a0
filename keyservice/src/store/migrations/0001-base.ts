import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Store } from '../port.ts'

/** Accounts, spaces, users, keys and their credentials, idempotency, the journal. */
export function base(engine: Store['engine']): Migration {
  // A row of these is found by its primary key on every verification; in SQLite the table is then its own index.
  const clustered = engine === 'sqlite' ? sql`without rowid` : sql``
  const sequence = engine === 'sqlite' ? sql`integer` : sql`bigserial`
  const primary = (column: ColumnDefinitionBuilder) => {
    const key = column.primaryKey().notNull()
    return engine === 'sqlite' ? key.autoIncrement() : key
  }

  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('accounts')
        .addColumn('id', 'text', (column) => column.primaryKey().notNull())
        .addColumn('display_name', 'text', (column) => column.notNull())
        .addColumn('plan', 'text', (column) => column.notNull())
        .addColumn('scopes', 'text')
        .addColumn('subscription_active', 'integer', (column) => column.notNull())
        .addColumn('created_ms', 'bigint', (column) => column.notNull())
        .addColumn('deleted_ms', 'bigint')
        .modifyEnd(clustered)
        .execute()

      await db.schema
        .createTable('spaces')
        .addColumn('id', 'text', (column) => column.primaryKey().notNull())
        .addColumn('account', 'text', (column) => column.notNull().references('accounts.id'))
        .addColumn('display_name', 'text', (column) => column.notNull())
        .addColumn('logo', 'text')
        .addColumn('created_ms', 'bigint', (column) => column.notNull())
        .addColumn('removed_ms', 'bigint')
        .modifyEnd(clustered)
        .execute()
      await db.schema.createIndex('spaces_account').on('spaces').column('account').execute()

      await db.schema
        .createTable('users')
        .addColumn('id', 'text', (column) => column.primaryKey().notNull())
        .addColumn('account', 'text', (column) => column.notNull().references('accounts.id'))
        .addColumn('display_name', 'text', (column) => column.notNull())
        .addColumn('avatar', 'text')
        .addColumn('created_ms', 'bigint', (column) => column.notNull())
        .addColumn('removed_ms', 'bigint')
        .modifyEnd(clustered)
        .execute()
      await db.schema.createIndex('users_account').on('users').column('account').execute()

      await db.schema
        .createTable('keys')
        .addColumn('id', 'text', (column) => column.primaryKey().notNull())
        .addColumn('account', 'text', (column) => column.notNull().references('accounts.id'))
        .addColumn('space', 'text', (column) => column.references('spaces.id'))
        .addColumn('owner', 'text')
        .addColumn('display_name', 'text', (column) => column.notNull())
        .addColumn('description', 'text')
        .addColumn('scopes', 'text', (column) => column.notNull())
        .addColumn('metadata', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('state_reason', 'text')
        .addColumn('platform', 'integer', (column) => column.notNull())
        .addColumn('created_ms', 'bigint', (column) => column.notNull())
        .addColumn('activated_ms', 'bigint')
        .addColumn('pending_until_ms', 'bigint')
        .addColumn('expires_ms', 'bigint')
        .addColumn('revoked_ms', 'bigint')
        .addColumn('version', 'integer', (column) => column.notNull())
        .modifyEnd(clustered)
        .execute()
      await db.schema
        .createIndex('keys_created')
        .on('keys')
        .columns(['account', 'created_ms', 'id'])
        .execute()
      await db.schema.createIndex('keys_state').on('keys').columns(['account', 'state']).execute()
      await db.schema.createIndex('keys_owner').on('keys').column('owner').execute()
      await db.schema
        .createIndex('keys_overdue')
        .on('keys')
        .column('pending_until_ms')
        .where(sql.ref('state'), '=', sql.lit('pending'))
        .execute()

      await db.schema
        .createTable('credentials')
        .addColumn('hash', 'text', (column) => column.primaryKey().notNull())
        .addColumn('id', 'text', (column) => column.notNull().unique())
        .addColumn('key_id', 'text', (column) => column.notNull().references('keys.id'))
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('prefix', 'text', (column) => column.notNull())
        .addColumn('suffix', 'text', (column) => column.notNull())
        .addColumn('created_ms', 'bigint', (column) => column.notNull())
        .addColumn('expires_ms', 'bigint')
        .addColumn('pending_until_ms', 'bigint')
        .addColumn('grace_ms', 'bigint')
        .addColumn('ended_ms', 'bigint')
        .modifyEnd(clustered)
        .execute()
      await db.schema.createIndex('credentials_key').on('credentials').column('key_id').execute()

      await db.schema
        .createTable('uses')
        .addColumn('credential_id', 'text', (column) => column.primaryKey().notNull())
        .addColumn('last_used_ms', 'bigint', (column) => column.notNull())
        .modifyEnd(clustered)
        .execute()

      await db.schema
        .createTable('key_metadata')
        .addColumn('key_id', 'text', (column) => column.notNull().references('keys.id'))
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('key_metadata_pk', ['key_id', 'name'])
        .modifyEnd(clustered)
        .execute()
      await db.schema
        .createIndex('key_metadata_value')
        .on('key_metadata')
        .columns(['name', 'value', 'key_id'])
        .execute()

      await db.schema
        .createTable('idempotency')
        .addColumn('caller', 'text', (column) => column.notNull())
        .addColumn('idempotency_key', 'text', (column) => column.notNull())
        .addColumn('body_hash', 'text', (column) => column.notNull())
        .addColumn('key_id', 'text', (column) => column.notNull().references('keys.id'))
        .addColumn('created_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('idempotency_pk', ['caller', 'idempotency_key'])
        .modifyEnd(clustered)
        .execute()

      await db.schema
        .createTable('audit')
        .addColumn('id', sequence, primary)
        .addColumn('time_ms', 'bigint', (column) => column.notNull())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('action', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('detail', 'text', (column) => column.notNull())
        .execute()
      await db.schema.createIndex('audit_account').on('audit').columns(['account', 'id']).execute()

      await db.schema
        .createTable('events')
        .addColumn('seq', sequence, primary)
        .addColumn('time_ms', 'bigint', (column) => column.notNull())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .execute()
    },
  }
}
