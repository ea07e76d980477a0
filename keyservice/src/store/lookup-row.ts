import type { Lookup } from './port.ts'

/** One row of the lookup, as both engines answer it. */
export interface LookupRow {
  readonly hash: string
  readonly credential_id: string
  readonly kind: 'token' | 'pair'
  readonly role: 'current' | 'previous'
  readonly credential_expires_ms: number | null
  readonly credential_pending_until_ms: number | null
  readonly ended_ms: number | null
  readonly key_id: string
  readonly account: string
  readonly space: string | null
  readonly owner: string | null
  readonly scopes: string
  readonly state: Lookup['state']
  readonly state_reason: string | null
  readonly platform: number
  readonly pending_until_ms: number | null
  readonly expires_ms: number | null
  readonly account_scopes: string | null
  readonly plan: string
  readonly deleted_ms: number | null
  readonly subscription_active: number
  readonly removed_ms: number | null
}

/**
 * The lookup without its condition. Written out, not built: it is prepared once per connection and runs on every
 * verification, by the primary key of each table.
 */
export const lookupSql = `
select c.hash, c.id as credential_id, c.kind, c.role, c.expires_ms as credential_expires_ms,
  c.pending_until_ms as credential_pending_until_ms, c.ended_ms,
  k.id as key_id, k.account, k.space, k.owner, k.scopes, k.state, k.state_reason, k.platform,
  k.pending_until_ms, k.expires_ms,
  a.scopes as account_scopes, a.plan, a.deleted_ms, a.subscription_active, s.removed_ms
from credentials c
join keys k on k.id = c.key_id
join accounts a on a.id = k.account
left join spaces s on s.id = k.space`

/** A row in the port's words. */
export function toLookup(row: LookupRow): Lookup {
  return {
    credentialId: row.credential_id,
    kind: row.kind,
    role: row.role,
    credentialExpiresMs: row.credential_expires_ms,
    credentialPendingUntilMs: row.credential_pending_until_ms,
    credentialEndedMs: row.ended_ms,
    keyId: row.key_id,
    account: row.account,
    space: row.space,
    owner: row.owner,
    scopes: JSON.parse(row.scopes) as string[],
    state: row.state,
    stateReason: row.state_reason,
    platform: row.platform === 1,
    pendingUntilMs: row.pending_until_ms,
    expiresMs: row.expires_ms,
    accountScopes:
      row.account_scopes === null ? null : (JSON.parse(row.account_scopes) as string[]),
    plan: row.plan,
    accountDeleted: row.deleted_ms !== null,
    subscriptionActive: row.subscription_active === 1,
    spaceRemoved: row.removed_ms !== null,
  }
}
