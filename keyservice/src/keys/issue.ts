import type { Credential, createKeyBody, KeyRecord } from '@latchkey/core'
import { KeyError } from '@latchkey/core'
import type { z } from 'zod'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import { issueWithToken } from './choose-token.ts'
import { bodyHash, replaceUnused } from './idempotency.ts'
import { inFlight } from './in-flight.ts'
import { newKey } from './new-key.ts'

export type CreateKey = z.infer<typeof createKeyBody>

/** The answer that carries a token: once, and never again. */
export interface Issued {
  readonly key: KeyRecord
  readonly credentialId: string
  readonly credential: Credential
}

/**
 * Issues a key. With an idempotency key it may be repeated: while the key is pending and unused, the same key comes back
 * with a fresh token and the one before is dead; afterwards, or with another body, it is refused by name.
 */
export async function issueKey(
  service: Service,
  caller: Caller,
  body: CreateKey,
  idempotencyKey?: string,
): Promise<Issued> {
  requireRight(caller, 'writeApiKeys')
  const { token } = body
  if (token !== undefined) {
    if (idempotencyKey === undefined) return issueWithToken(service, caller, { ...body, token })
    throw new KeyError(
      'Invalid',
      'A chosen token names the attempt itself: leave Idempotency-Key out',
      { issues: [{ path: 'idempotency-key', message: 'must be left out with token' }] },
    )
  }
  if (idempotencyKey === undefined) {
    return service.store.write((tables) => newKey(service, tables, caller, body))
  }
  // The word before keeps the names of callers apart from the names that other verbs make.
  const attempt = `issue ${idempotencyKey}`
  return inFlight(service, caller, attempt, async (tables) => {
    const hash = bodyHash({ account: caller.account, body })
    const first = await tables.idempotency.find(caller.actor, attempt)
    if (first !== undefined) return replaceUnused(service, tables, caller, first, hash)
    const issued = await newKey(service, tables, caller, body)
    await tables.idempotency.insert({
      caller: caller.actor,
      idempotencyKey: attempt,
      bodyHash: hash,
      keyId: issued.key.id,
      createdMs: service.clock(),
    })
    return issued
  })
}
