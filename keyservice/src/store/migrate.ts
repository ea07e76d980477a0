import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from './migrations.ts'
import type { Store } from './port.ts'
import type { Schema } from './schema.ts'

/** Brings the schema forward. Safe to run twice at once, from two replicas too: the second waits and finds nothing to do. */
export async function migrate(db: Kysely<Schema>, engine: Store['engine']): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations(engine) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}
