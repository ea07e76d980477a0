import { hashToken } from '../keys/token-hash.ts'
import type { Service } from '../service.ts'
import type { Lookup } from '../store/port.ts'
import type { Presented } from './presented.ts'
import { findSession, type KeySession, type UserSession } from './session.ts'

/** Whose credential was presented: a key's own, or that of a session which a key or a user opened. */
export type Found = Lookup | KeySession | UserSession

/** Reads what decides about a presented credential, afresh each time. Whether it works is not said yet. */
export function find(service: Service, presented: Presented): Promise<Found | undefined> {
  switch (presented.kind) {
    case 'token':
      return service.store.lookup(hashToken(presented.token))
    case 'pair':
      return service.store.lookup(hashToken(presented.apiSecret))
    case 'session':
      return findSession(service, presented.token)
  }
}
