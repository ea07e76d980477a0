import type { KeyServiceConfig } from './config.ts'
import { databaseError } from './start-errors.ts'
import type { Store } from './store/port.ts'
import { openPostgresStore } from './store/postgres/store.ts'
import { openSqliteStore } from './store/sqlite/store.ts'

/** Opens the store of a configuration, and brings its schema forward. Throws `Invalid` where the database cannot be used. */
export async function openStore({
  dataFolder,
  databaseUrl: url,
}: Pick<KeyServiceConfig, 'dataFolder' | 'databaseUrl'>): Promise<Store> {
  if (url === undefined) return openSqliteStore({ folder: dataFolder })
  try {
    return await openPostgresStore({ url })
  } catch (error) {
    throw databaseError(url, error)
  }
}
