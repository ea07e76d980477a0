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
import { type Verdict, verify } from '../keys/verify.ts'
import type { Service } from '../service.ts'
import { invalid } from './invalid.ts'

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
  return verify(service, caller, question, found)
}

interface ReadQuestion {
  readonly presented: Presented
  readonly scopes: readonly string[]
  readonly probe: boolean
}

function readQuestion(text: string, rules: Reading): ReadQuestion | KeyError {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return new KeyError('Invalid', 'The body is not JSON')
  }
  const parsed = verifyBody.safeParse(body)
  if (!parsed.success) return invalid(parsed.error)
  const { token, apiKey, apiSecret, scopes = [], probe = false } = parsed.data
  const pair = apiKey !== undefined || apiSecret !== undefined
  if (token !== undefined && !pair) {
    return { presented: presentedToken(token, rules), scopes, probe }
  }
  if (token === undefined && apiKey !== undefined && apiSecret !== undefined) {
    return { presented: { kind: 'pair', apiKey, apiSecret }, scopes, probe }
  }
  const message = 'needs either token, or apiKey together with apiSecret'
  return new KeyError('Invalid', `The body ${message}`, { issues: [{ path: 'token', message }] })
}
