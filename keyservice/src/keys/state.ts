import { KeyError } from '@latchkey/core'
import type { StoredKey } from '../store/port.ts'
import { keyStateAt } from './record.ts'

/** Throws `KeyRevoked` or `KeyExpired` for a key that has ended: nothing brings it back. */
export function requireAlive(key: StoredKey, nowMs: number): void {
  const state = keyStateAt(key, nowMs)
  if (state === 'revoked') {
    throw new KeyError('KeyRevoked', `Key ${key.id} is revoked; issue a new one`, { keyId: key.id })
  }
  if (state === 'expired') {
    throw new KeyError('KeyExpired', `Key ${key.id} has expired; issue a new one`, {
      keyId: key.id,
    })
  }
}
