import { KeyError } from '@latchkey/core'
import type { Rules, Service } from '../service.ts'
import type { KeyPlatform } from '../store/port/keys.ts'
import type { Rate } from './limiter.ts'

/** Whose requests are counted. */
export interface Counted {
  /** The key, or the user. */
  readonly actor: string
  readonly account: string
  readonly plan: string
  /** Credentials of the service itself have no limit. */
  readonly platform: KeyPlatform
}

/** True when any limit is configured: else nothing is counted, and nobody pays for it. */
export function hasLimits(rules: Pick<Rules, 'plans' | 'failedVerifications'>): boolean {
  return (
    rules.failedVerifications !== undefined ||
    rules.plans.some(({ rateLimits }) => rateLimits?.perKey ?? rateLimits?.perAccount)
  )
}

/**
 * Counts one request against the limits that the plan sets to the key and to the account; both must have room. The answer
 * is about the tighter one. Undefined: no limit applies.
 */
export async function countRequest(
  { rules, limiter, clock }: Service,
  { actor, account, plan, platform }: Counted,
): Promise<Rate | undefined> {
  if (limiter === undefined || platform) return undefined
  const limits = rules.plans.find(({ id }) => id === plan)?.rateLimits
  if (limits === undefined) return undefined
  const nowMs = clock()
  const ofKey = limits.perKey && (await limiter.take(`key ${actor}`, limits.perKey, nowMs))
  if (limits.perAccount === undefined || ofKey?.allowed === false) return ofKey
  const ofAccount = await limiter.take(`account ${account}`, limits.perAccount, nowMs)
  if (ofKey === undefined) return ofAccount
  if (!ofAccount.allowed) limiter.giveBack(`key ${actor}`)
  return ofAccount.remaining < ofKey.remaining || !ofAccount.allowed ? ofAccount : ofKey
}

/** The headers of an answer to which a limit applies. `X-RateLimit-Reset` is an instant, in seconds since the epoch. */
export function rateHeaders(rate: Omit<Rate, 'allowed'>): Readonly<Record<string, string>> {
  return {
    'x-ratelimit-limit': `${rate.limit}`,
    'x-ratelimit-remaining': `${rate.remaining}`,
    'x-ratelimit-reset': `${Math.ceil(rate.resetMs / 1000)}`,
  }
}

/** How long to wait until there is room again, in whole seconds. */
export function retryAfterSeconds(rate: Pick<Rate, 'resetMs'>, nowMs: number): number {
  return Math.max(1, Math.ceil((rate.resetMs - nowMs) / 1000))
}

/** The answer to a request that found no room. */
export function tooManyRequests(rate: Rate, nowMs: number): KeyError {
  const seconds = retryAfterSeconds(rate, nowMs)
  return new KeyError(
    'TooManyRequests',
    `The plan allows ${rate.limit} requests in this time; try again in ${seconds} s, or upgrade`,
    { retryAfterSeconds: seconds },
  )
}
