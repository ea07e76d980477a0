import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { KeyError } from '@latchkey/core'
import { readConfig } from './config.ts'
import { backupSqlite } from './store/sqlite/backup.ts'
import { keysFile } from './store/sqlite/files.ts'

// `npm run keyservice:backup -- <file>`: a copy of the database file, while the service runs.

// A backup holds what the database holds.
process.umask(0o077)
try {
  const [target] = process.argv.slice(2)
  const { dataFolder, databaseUrl } = await readConfig(process.env)
  if (databaseUrl !== undefined) {
    throw new KeyError('Invalid', 'The store is in PostgreSQL: back it up with pg_dump')
  }
  const database = keysFile(dataFolder)
  if (!existsSync(database)) {
    throw new KeyError(
      'Invalid',
      `There is no store at ${database}: set LATCHKEY_DATA to that of the service`,
    )
  }
  if (target === undefined || existsSync(target)) {
    throw new KeyError('Invalid', 'Name a file for the backup that is not there yet')
  }
  if (!existsSync(dirname(target))) {
    throw new KeyError(
      'Invalid',
      `There is no folder ${dirname(target)} for the backup: make it, or name a file in another`,
    )
  }
  await backupSqlite(dataFolder, target, Date.now())
  console.log(`The backup is in ${target}`)
} catch (error) {
  console.error(error instanceof KeyError ? error.message : error)
  process.exitCode = 1
}
