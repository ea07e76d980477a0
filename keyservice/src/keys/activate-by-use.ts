import type { Service } from '../service.ts'
import type { Lookup } from '../store/port/lookup.ts'
import { acknowledge } from './activate.ts'

/**
 * The first use of a pending token acknowledges it. False when the key was ended in between: the use does not count.
 * Safe to repeat; many first uses at once activate it once.
 */
export async function activateByUse(service: Service, found: Lookup): Promise<boolean> {
  return service.store.write(async (tables) => {
    const key = await tables.keys.lock(found.keyId)
    if (key === undefined) return false
    const outcome = await acknowledge(service, tables, key, found.credentialId, found.keyId)
    return outcome.kind === 'active'
  })
}
