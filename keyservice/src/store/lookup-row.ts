import { platformOf } from './platform-row.ts'
import type { Lookup } from './port/lookup.ts'

/**
 * The lookup without its condition. Written out, not built: it is prepared once per connection and runs on every
 * verification, by the primary key of each table. Rows come as arrays, which cost a third less than objects; the order
 * is that of `LookupRow`. `storeRestored` is 1 for a store that came from a backup, in the words of the engine.
 */
export const lookupSql = (storeRestored: string) => `
select c.hash, c.id, c.kind, c.role, c.expires_ms, c.pending_until_ms, c.ended_ms,
  k.id, k.account, k.space, k.owner, k.scopes, k.state, k.state_reason, k.platform,
  k.pending_until_ms, k.expires_ms,
  a.scopes, a.plan, a.deleted_ms, a.subscription_active, s.removed_ms, c.pepper, (select ${storeRestored} from store),
  c.end_reason
from credentials c
join keys k on k.id = c.key_id
join accounts a on a.id = k.account
left join spaces s on s.id = k.space`

/** One row of the lookup, as both engines answer it. */
export type LookupRow = readonly [
  hash: string,
  credentialId: string,
  kind: Lookup['kind'],
  role: Lookup['role'],
  credentialExpiresMs: number | null,
  credentialPendingUntilMs: number | null,
  credentialEndedMs: number | null,
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
  accountScopes: string | null,
  plan: string,
  deletedMs: number | null,
  subscriptionActive: number,
  removedMs: number | null,
  pepper: number,
  storeRestored: number | null,
  credentialEndReason: Lookup['credentialEndReason'],
]

/** A row in the port's words. */
export function toLookup(row: LookupRow): Lookup {
  return {
    credentialId: row[1],
    kind: row[2],
    role: row[3],
    credentialExpiresMs: row[4],
    credentialPendingUntilMs: row[5],
    credentialEndedMs: row[6],
    credentialEndReason: row[24],
    keyId: row[7],
    account: row[8],
    space: row[9],
    owner: row[10],
    scopes: JSON.parse(row[11]) as string[],
    state: row[12],
    stateReason: row[13],
    platform: platformOf(row[14]),
    pendingUntilMs: row[15],
    expiresMs: row[16],
    accountScopes: row[17] === null ? null : (JSON.parse(row[17]) as string[]),
    plan: row[18],
    accountDeleted: row[19] !== null,
    subscriptionActive: row[20] === 1,
    spaceRemoved: row[21] !== null,
    pepper: row[22],
    storeRestored: row[23] === 1,
  }
}
