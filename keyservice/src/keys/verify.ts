import type { verdictBody } from '@latchkey/core'
import type { z } from 'zod'
import { type Caller, maySee } from '../auth/caller.ts'
import type { Found } from '../auth/find.ts'
import type { Presented } from '../auth/presented.ts'
import { missingScopes, requireRight, rightNames, rightsWithin } from '../auth/right.ts'
import type { UserSession } from '../auth/session.ts'
import type { Rate } from '../limits/limiter.ts'
import { countRequest } from '../limits/rate.ts'
import type { Service } from '../service.ts'
import type { Lookup } from '../store/port/lookup.ts'
import { activateByUse } from './activate-by-use.ts'
import { judge } from './judge.ts'
import { instant } from './record.ts'
import { recordUse } from './record-use.ts'

export type Verdict = z.infer<typeof verdictBody>

/** What is asked about a credential beside whether it works. */
export interface Question {
  readonly presented: Presented
  /** Scopes it must have. */
  readonly scopes: readonly string[]
  /** Neither acknowledges a pending key nor counts as a use. */
  readonly probe: boolean
}

/**
 * The verdict on a presented credential, which the caller looked up (`found`) after the question began. A key outside
 * the caller's accounts is answered like a missing one. The first use of a pending key activates it before the answer.
 */
export async function verify(
  service: Service,
  caller: Caller,
  question: Question,
  found: Found | undefined,
): Promise<Verdict> {
  requireRight(caller, 'verifyApiKeys')
  if (found === undefined || !maySee(caller, found)) return { valid: false, reason: 'NotFound' }
  if (found.kind === 'serviceAccount') return { valid: false, reason: 'NotFound' }
  if (found.kind === 'user') return ofUser(service, found, question)
  const nowMs = service.clock()
  const judgement = judge(service.rules, found, question.presented, nowMs)
  if (judgement.kind === 'dead') {
    return judgement.reason === 'NotFound'
      ? { valid: false, reason: 'NotFound' }
      : { valid: false, reason: judgement.reason, ...describe(found) }
  }
  const rights = rightsWithin(found.scopes, found.accountScopes)
  const missing = found.platform === 'Administrator' ? [] : missingScopes(rights, question.scopes)
  if (missing.length > 0) {
    return { valid: false, reason: 'Forbidden', ...describe(found), missingScopes: [...missing] }
  }
  let rate: Rate | undefined
  if (!question.probe) {
    rate = service.limiter && (await countRequest(service, { ...found, actor: found.keyId }))
    if (rate?.allowed === false) return { ...tooMany(rate), ...describe(found) }
    const unacknowledged = found.state === 'pending' || found.credentialPendingUntilMs !== null
    if (unacknowledged && !(await activateByUse(service, found))) {
      return { valid: false, reason: 'KeyRevoked', ...describe(found) }
    }
    recordUse(service, question.presented, found, question.scopes)
  }
  const endMs = 'session' in found ? found.session.expiresMs : found.expiresMs
  return {
    valid: true,
    ...describe(found),
    scopes: rights.kind === 'some' ? [...rights.names] : [...found.scopes],
    ...(endMs === null ? {} : { expirationTime: instant(endMs) }),
    ...(rate === undefined ? {} : { rateLimit: rateOf(rate) }),
  }
}

/** A user who logged in with his password is not a key, but asks the product for things like one. */
async function ofUser(
  service: Service,
  found: UserSession,
  { scopes, probe }: Question,
): Promise<Verdict> {
  const { userId, account, rights, session } = found
  const missing = missingScopes(rights, scopes)
  if (missing.length > 0) {
    return { valid: false, reason: 'Forbidden', userId, account, missingScopes: [...missing] }
  }
  const counted = { ...found, actor: userId, platform: false as const }
  const rate = probe ? undefined : await countRequest(service, counted)
  if (rate?.allowed === false) return { ...tooMany(rate), userId, account }
  return {
    valid: true,
    userId,
    account,
    scopes: rightNames(rights),
    expirationTime: instant(session.expiresMs),
    ...(rate === undefined ? {} : { rateLimit: rateOf(rate) }),
  }
}

/** The verdict on what works, but too often. */
export function tooMany(rate: Rate): Verdict {
  return { valid: false, reason: 'TooManyRequests', rateLimit: rateOf(rate) }
}

function rateOf({ limit, remaining, resetMs }: Rate): Verdict['rateLimit'] {
  return { limit, remaining, resetTime: instant(resetMs) }
}

function describe(found: Lookup): Pick<Verdict, 'keyId' | 'credentialId' | 'account' | 'space'> {
  return {
    keyId: found.keyId,
    credentialId: found.credentialId,
    account: found.account,
    ...(found.space === null ? {} : { space: found.space }),
  }
}
