import type { ApiKeySpecInput } from '@latchkey/core'

type DeclaredExpiration = NonNullable<ApiKeySpecInput['expiration']>

/** When a key ends by itself, in the form that an ApiKey has for it. */
export const Expiration = {
  /** Ends this long after its issue, and so does each successor: `Expiration.after(Duration.days(90))`. */
  after: (duration: string): DeclaredExpiration => ({ after: duration }),
  /** Ends at this instant: a `Date`, or a text such as `2027-01-31T12:00:00Z`. */
  at: (time: Date | string): DeclaredExpiration => ({ time: timeText(time) }),
}

// An invalid Date would throw from toISOString, alone and before synth could tell what else is wrong.
function timeText(time: Date | string): string {
  if (typeof time === 'string') return time
  return Number.isNaN(time.getTime()) ? String(time) : time.toISOString().replace('.000Z', 'Z')
}
