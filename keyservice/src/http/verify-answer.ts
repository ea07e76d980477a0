import { KeyError, verifyBody } from '@latchkey/core'
import { authenticate, callerOf, unauthorized } from '../auth/authenticate.ts'
import { find } from '../auth/find.ts'
import {
  type CredentialHeaders,
  type Presented,
  presentedIn,
  presentedToken,
  type Reading,
} from '../auth/presented.ts'
import { requireTrustedVerdict } from '../auth/trusted-store.ts'
import { tooMany, type Verdict, verify } from '../keys/verify.ts'
import { countFailure } from '../limits/failed-verification.ts'
import { rateHeaders, retryAfterSeconds } from '../limits/rate.ts'
import type { Service } from '../service.ts'
import { invalid, notJson } from './invalid.ts'

/** The headers of a verification. */
export interface VerifyHeaders extends CredentialHeaders {
  readonly account: string | undefined
}

/**
 * Answers `POST /verify`, the one hot route. It works on the bare request, since a router and its context would cost
 * more than the verification itself; the caller and the credential in question share one query.
 */
export async function answerVerify(
  service: Service,
  headers: VerifyHeaders,
  text: string,
): Promise<Verdict> {
  const mine = presentedIn(headers, service.rules)
  if (mine === undefined) throw unauthorized()
  const question = readQuestion(text, service.rules)
  if (question instanceof KeyError) {
    // Who may not ask at all is told that first.
    await authenticate(service, mine, headers.account)
    throw question
  }
  const [me, found] = await Promise.all([find(service, mine), find(service, question.presented)])
  const caller = await callerOf(service, mine, me, headers.account)
  requireTrustedVerdict(me)
  const verdict = await verify(service, caller, question, found)
  if (verdict.valid || service.limiter === undefined || isAboutRights(verdict)) return verdict
  const failures = await countFailure(service, question.clientAddress)
  return failures?.allowed === false ? tooMany(failures) : verdict
}

/** The headers of a verdict: those of the rate limit that it speaks of, for the product to hand on. */
export function verdictHeaders(
  { rateLimit, reason }: Verdict,
  nowMs: number,
): Readonly<Record<string, string>> {
  if (rateLimit === undefined) return verdictType
  const rate = { ...rateLimit, resetMs: Date.parse(rateLimit.resetTime) }
  const wait =
    reason === 'TooManyRequests' ? { 'retry-after': `${retryAfterSeconds(rate, nowMs)}` } : {}
  return { ...verdictType, ...rateHeaders(rate), ...wait }
}

const verdictType = { 'content-type': 'application/json' } as const

/** True when the credential itself works: nobody is guessing. */
function isAboutRights({ reason }: Verdict): boolean {
  return reason === 'Forbidden' || reason === 'TooManyRequests'
}

interface ReadQuestion {
  readonly presented: Presented
  readonly scopes: readonly string[]
  readonly probe: boolean
  readonly clientAddress: string | undefined
}

function readQuestion(text: string, rules: Reading): ReadQuestion | KeyError {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return notJson()
  }
  const parsed = verifyBody.safeParse(body)
  if (!parsed.success) return invalid(parsed.error, body)
  const { token, apiKey, apiSecret, scopes = [], probe = false, clientAddress } = parsed.data
  const rest = { scopes, probe, clientAddress }
  // Without a token there is a pair, which the schema sees to.
  const presented: Presented =
    token === undefined
      ? { kind: 'pair', apiKey: apiKey ?? '', apiSecret: apiSecret ?? '' }
      : presentedToken(token, rules)
  return { presented, ...rest }
}
