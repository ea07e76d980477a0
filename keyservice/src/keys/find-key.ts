import { KeyError } from '@latchkey/core'
import { type Caller, maySee, reachesAsFar } from '../auth/caller.ts'
import type { StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'

/** The key, if the caller may see it. Who may not gets the same `NotFound` as for a missing one. */
export async function findKey(tables: Tables, caller: Caller, keyId: string): Promise<StoredKey> {
  return seen(caller, keyId, await tables.keys.find(keyId))
}

/** The same, to be changed: kept from others until the transaction ends. */
export async function lockKey(tables: Tables, caller: Caller, keyId: string): Promise<StoredKey> {
  const key = seen(caller, keyId, await tables.keys.lock(keyId))
  requireReachOf(caller, key)
  return key
}

/**
 * Throws `Forbidden` unless the caller reaches as far as the key that he is about to change: else it would be enough to
 * make keys in the account of the administrator to end him.
 */
export function requireReachOf(caller: Caller, key: StoredKey): void {
  if (reachesAsFar(caller, key)) return
  const kind = key.platform === 'Administrator' ? 'an administrator’s' : 'a platform'
  throw new KeyError(
    'Forbidden',
    `Key ${key.id} is ${kind} credential; only ${kind} credential changes it`,
  )
}

function seen(caller: Caller, keyId: string, key: StoredKey | undefined): StoredKey {
  if (key === undefined || !maySee(caller, key)) {
    throw new KeyError('NotFound', `There is no key ${keyId} that you may see`)
  }
  return key
}
