import type { Presented } from '../auth/presented.ts'
import type { Service } from '../service.ts'
import type { Lookup } from '../store/port/lookup.ts'

/** Notes that a credential was used, and what for, and that its hash is to be made anew if it is not of the newest pepper. */
export function recordUse(
  service: Service,
  presented: Presented,
  found: Lookup,
  scopes: readonly string[],
): void {
  service.uses.record(found.credentialId, scopes)
  if (found.pepper === service.hashes.newest || presented.kind === 'session') return
  const token = presented.kind === 'pair' ? presented.apiSecret : presented.token
  service.renewals.record(found.credentialId, token)
}
