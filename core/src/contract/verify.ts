import { z } from 'zod'
import { scope } from '../domain/scope.ts'
import { oneGroup } from './one-group.ts'
import { text } from './text.ts'

// Named here: the OpenAPI document would call both `ip`, a format that no registry has.
const ipv4 = z.ipv4().meta({ format: 'ipv4' })
const ipv6 = z.ipv6().meta({ format: 'ipv6' })

/** `POST /verify`. With `probe`, the question neither acknowledges a pending key nor counts as a use. */
export const verifyBody = oneGroup(
  z.strictObject({
    token: text(1, 512).optional(),
    apiKey: text(1, 128).optional(),
    apiSecret: text(1, 512).optional(),
    scopes: z.array(scope).max(64).optional(),
    probe: z.boolean().optional(),
    clientAddress: z.union([ipv4, ipv6], 'must be an IPv4 or IPv6 address').optional().meta({
      description:
        'The address of the client that presented it: what finds nothing is counted against it, where that is limited.',
    }),
  }),
  [['token'], ['apiKey', 'apiSecret']],
  'needs either token, or apiKey together with apiSecret',
)

/** The verdict is data: an invalid token is a 200 with `valid: false` and a reason. */
export const verdictBody = z
  .object({
    valid: z.boolean(),
    reason: z.string().optional().meta({
      description:
        'Why not: NotFound, AccountNotFound, SpaceNotFound, SubscriptionInactive, PlanRequired, KeyRevoked, KeyExpired, KeyDisabled, KeyLeaked, Forbidden (a scope is missing) or TooManyRequests.',
    }),
    keyId: z.string().optional(),
    userId: z.string().optional(),
    credentialId: z.string().optional(),
    account: z.string().optional(),
    space: z.string().optional(),
    scopes: z.array(scope).optional(),
    missingScopes: z.array(scope).optional(),
    expirationTime: z.iso.datetime({ offset: true }).optional(),
    rateLimit: z
      .object({
        limit: z.number().int(),
        remaining: z.number().int(),
        resetTime: z.iso.datetime({ offset: true }),
      })
      .optional(),
  })
  .meta({ id: 'Verdict' })

/** `GET /whoami`: the caller, what it may do, and what room its plan leaves. */
export const whoamiBody = z.object({
  account: z.string(),
  keyId: z.string().optional(),
  userId: z.string().optional(),
  scopes: z.array(z.string()),
  plan: z
    .object({ name: z.string(), keyLimit: z.number().int().optional(), keysUsed: z.number().int() })
    .optional(),
})
