import { z } from 'zod'
import { after, duration } from './duration.ts'
import type { Expiration } from './key-service-port.ts'
import { withRules } from './rule.ts'

/** When a key ends by itself: `after` a duration from its issue, or at a `time`. */
export const expiration = withRules(
  z.strictObject({
    after: duration.optional().meta({ description: 'Duration from issue, for example 2160h.' }),
    time: z.iso
      .datetime({ offset: true, error: 'must be an instant such as 2027-01-31T00:00:00Z' })
      .max(64)
      .optional()
      .meta({ description: 'Instant, RFC 3339.' }),
  }),
  [
    {
      cel: 'has(self.after) != has(self.time)',
      message:
        'expiration needs exactly one of after (a duration such as 2160h) and time (an instant)',
      holds: (value) => (value.after === undefined) !== (value.time === undefined),
    },
    {
      cel: "!has(self.after) || self.after.matches('[1-9]')",
      message: 'expiration.after must be longer than nothing',
      holds: (value) => value.after === undefined || /[1-9]/.test(value.after),
      field: 'after',
    },
  ],
)

/** The instant at which a key that is issued at `issued` ends. */
export function expirationTime(end: Expiration, issued: Date): Date {
  return 'after' in end ? after(issued, end.after) : new Date(end.time)
}

/** Narrows the declared form, of which the rules allow exactly one field. */
export function toExpiration(declared: z.infer<typeof expiration>): Expiration {
  return declared.after === undefined
    ? { time: declared.time as string }
    : { after: declared.after }
}
