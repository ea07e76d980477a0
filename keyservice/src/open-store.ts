import { join } from 'node:path'
import type { KeyServiceConfig } from './config.ts'
import { databaseError } from './start-errors.ts'
import type { Store } from './store/port.ts'
import { openPostgresStore } from './store/postgres/store.ts'
import { openSqliteStore } from './store/sqlite/store.ts'

/** Where the database lies that the configuration speaks of; undefined for one in PostgreSQL. */
export function sqliteFile({
  dataFolder,
  databaseUrl,
}: Pick<KeyServiceConfig, 'dataFolder' | 'databaseUrl'>): string | undefined {
  return databaseUrl === undefined ? join(dataFolder, 'keys.sqlite') : undefined
}

/** Opens the store of a configuration, and brings its schema forward. Throws `Invalid` where the database cannot be used. */
export async function openStore(
  config: Pick<KeyServiceConfig, 'dataFolder' | 'databaseUrl'>,
): Promise<Store> {
  const { databaseUrl: url = '' } = config
  const file = sqliteFile(config)
  if (file !== undefined) return openSqliteStore({ file })
  try {
    return await openPostgresStore({ url })
  } catch (error) {
    throw databaseError(url, error)
  }
}
