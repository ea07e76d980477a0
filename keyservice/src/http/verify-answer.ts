import { KeyError, verifyBody } from '@latchkey/core'
import type { z } from 'zod'
import { callerOf, hashOf, unauthorized } from '../auth/authenticate.ts'
import { type CredentialHeaders, type Presented, presentedIn } from '../auth/presented.ts'
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
  const mine = presentedIn(headers, service.rules.authentication)
  if (mine === undefined) throw unauthorized()
  const question = readQuestion(text)
  if (question instanceof KeyError) {
    // Who may not ask at all is told that first.
    await callerOf(service, mine, await service.store.lookup(hashOf(mine)), headers.account)
    throw question
  }
  const [me, found] = await Promise.all([
    service.store.lookup(hashOf(mine)),
    service.store.lookup(hashOf(question.presented)),
  ])
  const caller = await callerOf(service, mine, me, headers.account)
  return verify(service, caller, question, found)
}

interface ReadQuestion {
  readonly presented: Presented
  readonly scopes: readonly string[]
  readonly probe: boolean
}

function readQuestion(text: string): ReadQuestion | KeyError {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return new KeyError('Invalid', 'The body is not JSON')
  }
  const parsed = verifyBody.safeParse(body)
  if (!parsed.success) return invalid(parsed.error)
  const presented = presentedBy(parsed.data)
  if (presented === undefined) {
    const message = 'needs either token, or apiKey together with apiSecret'
    return new KeyError('Invalid', `The body ${message}`, { issues: [{ path: 'token', message }] })
  }
  return { presented, scopes: parsed.data.scopes ?? [], probe: parsed.data.probe ?? false }
}

function presentedBy(body: z.infer<typeof verifyBody>): Presented | undefined {
  const { token, apiKey, apiSecret } = body
  if (token !== undefined) {
    return apiKey === undefined && apiSecret === undefined ? { kind: 'token', token } : undefined
  }
  if (apiKey === undefined || apiSecret === undefined) return undefined
  return { kind: 'pair', apiKey, apiSecret }
}
