import { platformOf } from './platform-row.ts'
import type { Lookup } from './port/lookup.ts'

// The columns of a lookup, written out and not built: it is prepared once per connection and runs on every verification, by
// the primary key of each table. Rows come as arrays, which cost a third less than objects.

/** Of the credential and its key, in the order of `KeyRow`; `l` is `lookups`. */
export const keyColumns = `
  l.credential_id, l.kind, l.role, l.pepper, l.credential_expires_ms, l.credential_pending_until_ms,
  l.credential_ended_ms, l.credential_end_reason, l.key_id, l.account, l.space, l.owner, l.scopes, l.state, l.state_reason,
  l.platform, l.pending_until_ms, l.expires_ms`

/** As both engines answer them. */
export type KeyRow = readonly [
  credentialId: string,
  kind: Lookup['kind'],
  role: Lookup['role'],
  pepper: number,
  credentialExpiresMs: number | null,
  credentialPendingUntilMs: number | null,
  credentialEndedMs: number | null,
  credentialEndReason: Lookup['credentialEndReason'],
  keyId: string,
  account: string,
  space: string | null,
  owner: string | null,
  scopes: string,
  state: Lookup['state'],
  stateReason: string | null,
  platform: number,
  pendingUntilMs: number | null,
  expiresMs: number | null,
]

/**
 * Of its account, its space and the store, in the order of `HomeRow`; `a` and `s` are accounts and spaces. `storeRestored` is 1
 * for a store that came from a backup, in the words of the engine.
 */
export const homeColumns = (storeRestored: string) => `
  a.scopes, a.plan, a.deleted_ms, a.subscription_active, s.removed_ms, (select ${storeRestored} from store)`

export type HomeRow = readonly [
  accountScopes: string | null,
  plan: string,
  deletedMs: number | null,
  subscriptionActive: number,
  removedMs: number | null,
  storeRestored: number | null,
]

/** What a lookup says of where a key lives, which many keys have in common. */
export type Home = Pick<
  Lookup,
  | 'accountScopes'
  | 'plan'
  | 'accountDeleted'
  | 'subscriptionActive'
  | 'spaceRemoved'
  | 'storeRestored'
>

export function toHome(row: HomeRow): Home {
  return {
    accountScopes: row[0] === null ? null : (JSON.parse(row[0]) as string[]),
    plan: row[1],
    accountDeleted: row[2] !== null,
    subscriptionActive: row[3] === 1,
    spaceRemoved: row[4] !== null,
    storeRestored: row[5] === 1,
  }
}

/** Both rows in the port's words. */
export function toLookup(row: KeyRow, home: Home): Lookup {
  return {
    credentialId: row[0],
    kind: row[1],
    role: row[2],
    pepper: row[3],
    credentialExpiresMs: row[4],
    credentialPendingUntilMs: row[5],
    credentialEndedMs: row[6],
    credentialEndReason: row[7],
    keyId: row[8],
    account: row[9],
    space: row[10],
    owner: row[11],
    scopes: JSON.parse(row[12]) as string[],
    state: row[13],
    stateReason: row[14],
    platform: platformOf(row[15]),
    pendingUntilMs: row[16],
    expiresMs: row[17],
    accountScopes: home.accountScopes,
    plan: home.plan,
    accountDeleted: home.accountDeleted,
    subscriptionActive: home.subscriptionActive,
    spaceRemoved: home.spaceRemoved,
    storeRestored: home.storeRestored,
  }
}
