import { KeyError, type KeyRecord } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import type { StoredKey } from '../store/port/keys.ts'
import { lockKey } from './find-key.ts'
import { requireNotItself } from './own-key.ts'
import { keyStateAt, toRecord } from './record.ts'
import { saveKey } from './save-key.ts'
import { requireAlive } from './state.ts'

/**
 * Switches a key off at once, until somebody enables it, and says why to who reads it. Safe to repeat; another reason takes
 * the place of the one before. A key that was published stays one.
 */
export async function disableKey(
  service: Service,
  caller: Caller,
  keyId: string,
  why?: string,
): Promise<KeyRecord> {
  requireRight(caller, 'writeApiKeys')
  return service.store.write(async (tables) => {
    const nowMs = service.clock()
    const key = await lockKey(tables, caller, keyId)
    const shown = async (now: StoredKey) =>
      toRecord(service.rules, now, await tables.credentials.ofKeys([keyId]), nowMs)
    requireAlive(key, nowMs)
    requireNotItself(caller, key)
    if (keyStateAt(key, nowMs) === 'pending') {
      throw new KeyError('KeyPending', `Key ${keyId} is not acknowledged yet; revoke it instead`, {
        keyId,
      })
    }
    const said = why === undefined || why === key.stateMessage || key.stateReason === 'KeyLeaked'
    if (key.state === 'disabled' && said) return shown(key)
    const fields = {
      state: 'disabled',
      stateReason: 'KeyDisabled',
      stateMessage: why ?? null,
    } as const
    const detail = why === undefined ? {} : { why }
    const change = { actor: caller.actor, action: 'Disabled', nowMs, detail } as const
    return shown(await saveKey(tables, key, fields, change))
  })
}
