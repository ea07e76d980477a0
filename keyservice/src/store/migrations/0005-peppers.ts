import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Store } from '../port.ts'

/** Which pepper each token's hash was made with, and how a pepper is known again. */
export function peppers(engine: Store['engine']): Migration {
  const clustered = engine === 'sqlite' ? sql`without rowid` : sql``
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .alterTable('credentials')
        .addColumn('pepper', 'integer', (column) => column.notNull().defaultTo(0))
        .execute()
      // Without peppers it is empty, and costs nothing.
      await db.schema
        .createIndex('credentials_pepper')
        .on('credentials')
        .column('pepper')
        .where(sql.ref('pepper'), '>', sql.lit(0))
        .execute()
      await db.schema
        .createTable('peppers')
        .addColumn('version', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('check_hash', 'text', (column) => column.notNull())
        .modifyEnd(clustered)
        .execute()
    },
  }
}
