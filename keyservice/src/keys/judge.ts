import type { Reason } from '@latchkey/core'
import type { Presented } from '../auth/presented.ts'
import type { Rules } from '../service.ts'
import type { Lookup } from '../store/port/lookup.ts'

/** Whether a credential works at an instant, and if not, the first cause in the order a person would ask. */
export type Judgement =
  | { readonly kind: 'live' }
  | { readonly kind: 'dead'; readonly reason: Reason }

/** Judges what was found for a presented credential. Pure: the same row gives the same answer. */
export function judge(
  rules: Pick<Rules, 'plans'>,
  found: Lookup,
  presented: Presented,
  nowMs: number,
): Judgement {
  // A session names its credential itself; anything else must be what was looked up.
  if (presented.kind !== 'session') {
    if (presented.kind !== found.kind) return dead('NotFound')
    if (presented.kind === 'pair' && presented.apiKey !== found.keyId) return dead('NotFound')
  }
  if (found.accountDeleted) return dead('AccountNotFound')
  if (found.state === 'revoked') {
    return dead(endedWith.find((reason) => reason === found.stateReason) ?? 'KeyRevoked')
  }
  if (found.credentialEndedMs !== null) return dead(found.credentialEndReason ?? 'KeyRevoked')
  if (found.state === 'disabled') {
    return dead(found.stateReason === 'KeyLeaked' ? 'KeyLeaked' : 'KeyDisabled')
  }
  const ends = [
    found.expiresMs,
    found.credentialExpiresMs,
    found.credentialPendingUntilMs,
    found.state === 'pending' ? found.pendingUntilMs : null,
  ]
  if (ends.some((end) => end !== null && end <= nowMs)) return dead('KeyExpired')
  if (found.spaceRemoved) return dead('SpaceNotFound')
  if (found.platform) return { kind: 'live' }
  if (!found.subscriptionActive) return dead('SubscriptionInactive')
  if (!planHasKeys(rules, found.plan)) return dead('PlanRequired')
  return { kind: 'live' }
}

/** What a key says that was not revoked by itself. */
const endedWith = ['AccountNotFound', 'SpaceNotFound', 'KeyExpired'] as const satisfies Reason[]

function planHasKeys({ plans }: Pick<Rules, 'plans'>, plan: string): boolean {
  return plans.find(({ id }) => id === plan)?.apiKeys === true
}

function dead(reason: Reason): Judgement {
  return { kind: 'dead', reason }
}
