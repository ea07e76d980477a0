import { KeyError, type KeyRecord } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import { lockKey } from './find-key.ts'
import { requireRightsOf } from './grant.ts'
import { toRecord } from './record.ts'
import { requireRoom } from './room.ts'
import { saveKey } from './save-key.ts'
import { requireAlive } from './state.ts'

/**
 * Switches a disabled key on again, if the account has room and the caller every right of the key. Safe to repeat. A
 * leaked key stays off for ever.
 */
export async function enableKey(
  service: Service,
  caller: Caller,
  keyId: string,
): Promise<KeyRecord> {
  requireRight(caller, 'writeApiKeys')
  return service.store.write(async (tables) => {
    const nowMs = service.clock()
    const key = await lockKey(tables, caller, keyId)
    requireAlive(key, nowMs)
    requireRightsOf(caller, key)
    if (key.state === 'disabled' && key.stateReason === 'KeyLeaked') {
      throw new KeyError('KeyLeaked', `Key ${keyId} was published; issue a new one`, { keyId })
    }
    let saved = key
    if (key.state === 'disabled') {
      await requireRoom(tables, service.rules, key, nowMs)
      saved = await saveKey(
        tables,
        key,
        { state: 'active', stateReason: null, stateMessage: null },
        { actor: caller.actor, action: 'Enabled', nowMs },
      )
    }
    return toRecord(service.rules, saved, await tables.credentials.ofKeys([keyId]), nowMs)
  })
}
