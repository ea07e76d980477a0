import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Store } from '../port.ts'

/** Which scopes each token used, and up to when each replica has written its uses. */
export function usage(engine: Store['engine']): Migration {
  const clustered = engine === 'sqlite' ? sql`without rowid` : sql``
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('scope_uses')
        .addColumn('credential_id', 'text', (column) => column.notNull())
        .addColumn('scope', 'text', (column) => column.notNull())
        .addColumn('uses', 'bigint', (column) => column.notNull())
        .addColumn('last_used_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('scope_uses_pk', ['credential_id', 'scope'])
        .modifyEnd(clustered)
        .execute()

      await db.schema
        .createTable('replicas')
        .addColumn('id', 'text', (column) => column.primaryKey().notNull())
        .addColumn('complete_ms', 'bigint', (column) => column.notNull())
        .modifyEnd(clustered)
        .execute()
    },
  }
}
