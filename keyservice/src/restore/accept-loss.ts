import { KeyError } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import type { Service } from '../service.ts'
import { beginNewLife, markNewLife, requireRestored } from './release.ts'

/**
 * Lets a restored store verify again as it is: keys that were revoked after the backup work again. The administrator
 * says so by naming the life of the store that he gives up; `Conflict` for any other. Returns the new life.
 */
export async function acceptLoss(service: Service, caller: Caller, life: string): Promise<string> {
  const fresh = await service.store.write(async (tables) => {
    const stored = await requireRestored(tables, caller)
    if (stored.life !== life) {
      const message = `must name the life of this store, ${stored.life}`
      throw new KeyError('Conflict', `The loss is accepted for another store: life ${message}`, {
        issues: [{ path: 'life', message }],
      })
    }
    const { number } = stored.restored
    return beginNewLife(service, tables, caller, { lossAccepted: true, life, after: number })
  })
  await markNewLife(service)
  return fresh
}
