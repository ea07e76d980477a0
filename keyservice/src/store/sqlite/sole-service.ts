// A key service counts on being alone with its file: what it has in memory, such as rates and uses, is then all there is.

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { KeyError } from '@latchkey/core'
import { isBusy, whileBusy } from './busy.ts'

/**
 * Takes a data folder for one key service. The lock is the operating system's, so that it ends with its holder, however that
 * ends; a holder that was just asked to stop gets some seconds. Backups and `keyservice:admin` do not need it. Throws
 * `Invalid` where another key service keeps it.
 */
export async function takeFolder(folder: string): Promise<Disposable> {
  const database = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  try {
    await whileBusy(() => database.exec('begin exclusive'), patienceMs)
  } catch (error) {
    database.close()
    throw isBusy(error) ? new KeyError('Invalid', taken(folder), { cause: error }) : error
  }
  return { [Symbol.dispose]: () => database.close() }
}

const patienceMs = 3_000

const taken = (folder: string): string =>
  `Another key service runs on ${folder}, perhaps that of "npm start": stop it, or set LATCHKEY_DATA to another folder`
