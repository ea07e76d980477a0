import { KeyError } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import type { StoredKey } from '../store/port/keys.ts'

/**
 * Throws `Conflict` when an administrator's credential is about to end itself: then nobody would be left who could make
 * another. A new token by rotation is no end.
 */
export function requireNotItself(caller: Caller, key: StoredKey): void {
  if (key.platform !== 'Administrator' || caller.keyId !== key.id) return
  throw new KeyError(
    'Conflict',
    `Key ${key.id} is the administrator’s credential that you ask with; use another one`,
    {
      keyId: key.id,
    },
  )
}
