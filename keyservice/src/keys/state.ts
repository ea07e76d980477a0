import { KeyError } from '@latchkey/core'
import type { StoredKey } from '../store/port/keys.ts'
import { keyStateAt } from './record.ts'

/** Throws unless the key is in use: a pending, disabled or ended one is refused with its own reason. */
export function requireActive(key: StoredKey, nowMs: number): void {
  requireAlive(key, nowMs)
  if (key.state === 'active') return
  if (key.state === 'pending') {
    throw new KeyError('KeyPending', `Key ${key.id} is not acknowledged yet`, { keyId: key.id })
  }
  const reason = key.stateReason === 'KeyLeaked' ? 'KeyLeaked' : 'KeyDisabled'
  throw new KeyError(reason, `Key ${key.id} is disabled`, { keyId: key.id })
}

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
