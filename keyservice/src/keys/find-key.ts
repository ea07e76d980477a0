import { KeyError } from '@latchkey/core'
import { type Caller, maySee } from '../auth/caller.ts'
import type { StoredKey, Tables } from '../store/port.ts'

/** The key, if the caller may see it. Who may not gets the same `NotFound` as for a missing one. */
export async function findKey(tables: Tables, caller: Caller, keyId: string): Promise<StoredKey> {
  return seen(caller, keyId, await tables.keys.find(keyId))
}

/** The same, kept from others until the transaction ends. */
export async function lockKey(tables: Tables, caller: Caller, keyId: string): Promise<StoredKey> {
  return seen(caller, keyId, await tables.keys.lock(keyId))
}

function seen(caller: Caller, keyId: string, key: StoredKey | undefined): StoredKey {
  if (key === undefined || !maySee(caller, key)) {
    throw new KeyError('NotFound', `There is no key ${keyId} that you may see`)
  }
  return key
}
