import { platformOf } from './platform-row.ts'
import type { Lookup } from './port/lookup.ts'

/**
 * The lookup without its condition. Written out, not built: it is prepared once per connection and runs on every
 * verification, by the primary key of each table. Rows come as arrays, which cost a third less than objects; the order
 * is that of `LookupRow`. `storeRestored` is 1 for a store that came from a backup, in the words of the engine.
 */
export const lookupSql = (storeRestored: string) => `
select l.hash, l.credential_id, l.kind, l.role, l.pepper, l.credential_expires_ms, l.credential_pending_until_ms,
  l.credential_ended_ms, l.credential_end_reason, l.key_id, l.account, l.space, l.owner, l.scopes, l.state, l.state_reason,
  l.platform, l.pending_until_ms, l.expires_ms,
  a.scopes, a.plan, a.deleted_ms, a.subscription_active, s.removed_ms, (select ${storeRestored} from store)
from lookups l
join accounts a on a.id = l.account
left join spaces s on s.id = l.space`

/** One row of the lookup, as both engines answer it. */
export type LookupRow = readonly [
  hash: string,
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
  accountScopes: string | null,
  plan: string,
  deletedMs: number | null,
  subscriptionActive: number,
  removedMs: number | null,
  storeRestored: number | null,
]

/** A row in the port's words. */
export function toLookup(row: LookupRow): Lookup {
  return {
    credentialId: row[1],
    kind: row[2],
    role: row[3],
    pepper: row[4],
    credentialExpiresMs: row[5],
    credentialPendingUntilMs: row[6],
    credentialEndedMs: row[7],
    credentialEndReason: row[8],
    keyId: row[9],
    account: row[10],
    space: row[11],
    owner: row[12],
    scopes: JSON.parse(row[13]) as string[],
    state: row[14],
    stateReason: row[15],
    platform: platformOf(row[16]),
    pendingUntilMs: row[17],
    expiresMs: row[18],
    accountScopes: row[19] === null ? null : (JSON.parse(row[19]) as string[]),
    plan: row[20],
    accountDeleted: row[21] !== null,
    subscriptionActive: row[22] === 1,
    spaceRemoved: row[23] !== null,
    storeRestored: row[24] === 1,
  }
}
