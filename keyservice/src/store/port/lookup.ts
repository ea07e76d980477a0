import type { StoredKey } from './keys.ts'

/** All that decides whether a presented credential works, in one row. */
export interface Lookup {
  /** The version of the pepper that the hash was made with; 0: none. */
  readonly pepper: number
  readonly credentialId: string
  readonly kind: 'token' | 'pair'
  readonly role: 'current' | 'previous'
  readonly credentialExpiresMs: number | null
  readonly credentialPendingUntilMs: number | null
  readonly credentialEndedMs: number | null
  /** Why it ended, where that was not by its owner's will or its time. */
  readonly credentialEndReason: 'KeyLeaked' | null
  readonly keyId: string
  readonly account: string
  readonly space: string | null
  readonly owner: string | null
  readonly scopes: readonly string[]
  readonly state: StoredKey['state']
  readonly stateReason: string | null
  readonly platform: StoredKey['platform']
  readonly pendingUntilMs: number | null
  readonly expiresMs: number | null
  readonly accountScopes: readonly string[] | null
  readonly plan: string
  readonly accountDeleted: boolean
  readonly subscriptionActive: boolean
  readonly spaceRemoved: boolean
  /** The store came from a backup, and nobody has decided about what was revoked since. */
  readonly storeRestored: boolean
}
