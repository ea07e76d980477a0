import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import { lockKey } from './find-key.ts'
import { requireNotItself } from './own-key.ts'
import { saveKey } from './save-key.ts'

/** Ends a key at once, all its tokens with it. Safe to repeat; there is no way back. */
export async function revokeKey(service: Service, caller: Caller, keyId: string): Promise<void> {
  requireRight(caller, 'writeApiKeys')
  await service.store.write(async (tables) => {
    const key = await lockKey(tables, caller, keyId)
    if (key.state === 'revoked') return
    requireNotItself(caller, key)
    const nowMs = service.clock()
    await saveKey(
      tables,
      key,
      { state: 'revoked', revokedMs: nowMs, pendingUntilMs: null },
      { actor: caller.actor, action: 'Revoked', nowMs },
    )
  })
}
