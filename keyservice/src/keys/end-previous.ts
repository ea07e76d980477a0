import { KeyError } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import { lockKey } from './find-key.ts'
import { saveKey } from './save-key.ts'
import { settleRotation } from './settle-rotation.ts'

/**
 * Ends a grace period: the previous token is dead at once. Safe to repeat. While the new token is not acknowledged the
 * previous one is the only one in use, and `KeyPending` protects it.
 */
export async function endPrevious(service: Service, caller: Caller, keyId: string): Promise<void> {
  requireRight(caller, 'writeApiKeys')
  await service.store.write(async (tables) => {
    const nowMs = service.clock()
    const key = await lockKey(tables, caller, keyId)
    const present = await settleRotation(tables, await tables.credentials.ofKeys([keyId]), nowMs)
    const previous = present.find(({ role }) => role === 'previous')
    if (previous === undefined) return
    if (present.some(({ pendingUntilMs }) => pendingUntilMs !== null)) {
      throw new KeyError('KeyPending', `The new token of key ${keyId} is not acknowledged yet`, {
        keyId,
      })
    }
    await tables.credentials.end(previous.id, nowMs)
    const detail = { credentialId: previous.id }
    await saveKey(tables, key, {}, { actor: caller.actor, action: 'PreviousEnded', nowMs, detail })
  })
}
