import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { KeyError } from '@latchkey/core'
import { administratorFile } from './accounts/administrator.ts'
import { replaceAdministrator } from './accounts/replace-administrator.ts'
import { readConfig } from './config.ts'
import { readPeppers, requirePeppers } from './keys/peppers.ts'
import { tokenHashes } from './keys/token-hash.ts'
import { openStore } from './open-store.ts'
import { rulesOf } from './rules-of.ts'
import { keysFile } from './store/sqlite/files.ts'

// `npm run keyservice:admin`: another administrator's credential in the place of one that was lost. It works on the store
// itself, with the configuration of the service: who can do that needs nobody's credential.

process.umask(0o077)
try {
  const config = await readConfig(process.env)
  const database = keysFile(config.dataFolder)
  if (config.databaseUrl === undefined && !existsSync(database)) {
    throw new KeyError(
      'Invalid',
      `There is no store at ${database}: set LATCHKEY_DATA or DATABASE_URL to that of the service`,
    )
  }
  const peppers = await readPeppers(config, process.env)
  const file = administratorFile(config)
  const store = await openStore(config)
  try {
    await requirePeppers(store, peppers, config.givenUpPeppers)
    const service = {
      store,
      clock: Date.now,
      rules: rulesOf(config),
      randomBytes,
      hashes: tokenHashes(peppers, config.usePepper),
    }
    const { keyId, ended } = await replaceAdministrator(service, file)
    console.log(`The credential of the administrator ${keyId} lies in ${file}`)
    if (ended.length > 0) console.log(`Ended for it: ${ended.join(', ')}`)
  } finally {
    await store.close()
  }
} catch (error) {
  console.error(error instanceof KeyError ? error.message : error)
  process.exitCode = 1
}
