import type { Service } from '../service.ts'
import { saveKey } from './save-key.ts'

const batch = 200

/**
 * Writes down that pending keys which nobody acknowledged in time have died, so that the audit trail and the change feed
 * say so. They stopped working by themselves: nothing depends on when this runs. Returns how many there were.
 */
export async function sweepOverdue(service: Service): Promise<number> {
  return service.store.write(async (tables) => {
    const nowMs = service.clock()
    const overdue = await tables.keys.overdue(nowMs, batch)
    for (const { id } of overdue) {
      const key = await tables.keys.lock(id)
      if (key?.state !== 'pending') continue
      await saveKey(
        tables,
        key,
        { state: 'revoked', stateReason: 'KeyExpired', revokedMs: nowMs, pendingUntilMs: null },
        { actor: 'system', action: 'Expired', nowMs, detail: { pending: true } },
      )
    }
    return overdue.length
  })
}
