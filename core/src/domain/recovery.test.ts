import { expect, test } from 'vitest'
import { restSeconds, standingKind } from './recovery.ts'

test('what a service refuses rests, and is looked at again by itself: somebody there may have mended it', () => {
  const refusals = ['QuotaExceeded', 'PlanRequired', 'SubscriptionInactive'] as const
  for (const reason of [...refusals, 'Invalid', 'MethodNotAllowed'] as const) {
    expect([reason, standingKind(reason), restSeconds(reason)]).toEqual([reason, 'stalled', 300])
  }
})
