import { KeyError } from '@latchkey/core'
import { type Caller, maySee } from '../auth/caller.ts'
import type { StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'

/** The key, if the caller may see it. Who may not gets the same `NotFound` as for a missing one. */
export async function findKey(tables: Tables, caller: Caller, keyId: string): Promise<StoredKey> {
  return seen(caller, keyId, await tables.keys.find(keyId))
}

/**
 * The same, to be changed: kept from others until the transaction ends. `Forbidden` for a platform credential unless the
 * caller is one: it would be enough to make keys in its account to end the administrator.
 */
export async function lockKey(tables: Tables, caller: Caller, keyId: string): Promise<StoredKey> {
  const key = seen(caller, keyId, await tables.keys.lock(keyId))
  if (!key.platform || caller.platform) return key
  throw new KeyError(
    'Forbidden',
    `Key ${keyId} is a platform credential; only a platform credential changes it`,
  )
}

function seen(caller: Caller, keyId: string, key: StoredKey | undefined): StoredKey {
  if (key === undefined || !maySee(caller, key)) {
    throw new KeyError('NotFound', `There is no key ${keyId} that you may see`)
  }
  return key
}
