import { expect, test } from 'vitest'
import { restSeconds, standingKind } from './recovery.ts'

test('what the account at the service is refused for rests, and is looked at again by itself', () => {
  for (const reason of ['QuotaExceeded', 'PlanRequired', 'SubscriptionInactive'] as const) {
    expect([reason, standingKind(reason), restSeconds(reason)]).toEqual([reason, 'stalled', 300])
  }
})
