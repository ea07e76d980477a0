import { KeyError, type KeyRecord } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import { lockKey } from './find-key.ts'
import { requireNotItself } from './own-key.ts'
import { keyStateAt, toRecord } from './record.ts'
import { saveKey } from './save-key.ts'
import { requireAlive } from './state.ts'

/** Switches a key off at once, until somebody enables it. Safe to repeat. Why is told to the audit trail alone. */
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
    requireAlive(key, nowMs)
    requireNotItself(caller, key)
    if (keyStateAt(key, nowMs) === 'pending') {
      throw new KeyError('KeyPending', `Key ${keyId} is not acknowledged yet; revoke it instead`, {
        keyId,
      })
    }
    const saved =
      key.state === 'disabled'
        ? key
        : await saveKey(
            tables,
            key,
            { state: 'disabled', stateReason: 'KeyDisabled' },
            {
              actor: caller.actor,
              action: 'Disabled',
              nowMs,
              detail: why === undefined ? {} : { why },
            },
          )
    return toRecord(service.rules, saved, await tables.credentials.ofKeys([keyId]), nowMs)
  })
}
