import type { Service } from '../service.ts'
import type { Lookup } from '../store/port/lookup.ts'
import type { Presented } from './presented.ts'
import { findServiceAccount, type ServiceAccountFound } from './service-account.ts'
import { findSession, type KeySession, type UserSession } from './session.ts'

/** Whose credential was presented: a key's own, that of a session which a key or a user opened, or a ServiceAccount's. */
export type Found = Lookup | KeySession | UserSession | ServiceAccountFound

/** Reads what decides about a presented credential, afresh each time. Whether it works is not said yet. */
export function find(service: Service, presented: Presented): Promise<Found | undefined> {
  switch (presented.kind) {
    case 'token':
      return ofToken(service, presented.token)
    case 'pair':
      return ofToken(service, presented.apiSecret)
    case 'jwt':
      return findServiceAccount(service, presented.token)
    case 'session':
      return findSession(service, presented.token)
  }
}

/** Whatever the number of peppers, the store is asked once: lookups that are sent together share a query. */
function ofToken({ store, hashes }: Service, token: string): Promise<Lookup | undefined> {
  const all = hashes.all(token)
  return all.length === 1 ? store.lookup(all[0]) : firstOf(all.map((hash) => store.lookup(hash)))
}

async function firstOf(lookups: readonly Promise<Lookup | undefined>[]) {
  return (await Promise.all(lookups)).find((each) => each !== undefined)
}
