import type { verdictBody } from '@latchkey/core'
import type { z } from 'zod'
import { type Caller, maySee } from '../auth/caller.ts'
import type { Presented } from '../auth/presented.ts'
import { missingScopes, requireRight, rightsWithin } from '../auth/right.ts'
import type { Service } from '../service.ts'
import type { Lookup } from '../store/port.ts'
import { activateByUse } from './activate-by-use.ts'
import { judge } from './judge.ts'
import { instant } from './record.ts'

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
  found: Lookup | undefined,
): Promise<Verdict> {
  requireRight(caller, 'verifyApiKeys')
  if (found === undefined || !maySee(caller, found)) return { valid: false, reason: 'NotFound' }
  const nowMs = service.clock()
  const judgement = judge(service.rules, found, question.presented, nowMs)
  if (judgement.kind === 'dead') {
    return judgement.reason === 'NotFound'
      ? { valid: false, reason: 'NotFound' }
      : { valid: false, reason: judgement.reason, ...describe(found) }
  }
  const rights = rightsWithin(found.scopes, found.accountScopes)
  const missing = found.platform ? [] : missingScopes(rights, question.scopes)
  if (missing.length > 0) {
    return { valid: false, reason: 'Forbidden', ...describe(found), missingScopes: [...missing] }
  }
  if (!question.probe) {
    const unacknowledged = found.state === 'pending' || found.credentialPendingUntilMs !== null
    if (unacknowledged && !(await activateByUse(service, found))) {
      return { valid: false, reason: 'KeyRevoked', ...describe(found) }
    }
    service.uses.record(found.credentialId, nowMs)
  }
  return {
    valid: true,
    ...describe(found),
    scopes: rights.kind === 'some' ? [...rights.names] : [...found.scopes],
    ...(found.expiresMs === null ? {} : { expirationTime: instant(found.expiresMs) }),
  }
}

function describe(found: Lookup): Pick<Verdict, 'keyId' | 'credentialId' | 'account' | 'space'> {
  return {
    keyId: found.keyId,
    credentialId: found.credentialId,
    account: found.account,
    ...(found.space === null ? {} : { space: found.space }),
  }
}
