import { hash } from 'node:crypto'
import { KeyError } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import type { Service } from '../service.ts'
import type { StoredIdempotency } from '../store/port/idempotency.ts'
import type { Tables } from '../store/port.ts'
import { requireRightsOf } from './grant.ts'
import type { Issued } from './issue.ts'
import { mint } from './mint.ts'
import { keyStateAt, toRecord } from './record.ts'
import { saveKey } from './save-key.ts'

/** Tells two bodies apart by what they say: the order of names in an object means nothing. */
export function bodyHash(body: unknown): string {
  return hash('sha256', JSON.stringify(body, sorted), 'base64url')
}

/**
 * Answers a repeated create: the same key with a fresh token, while nobody acknowledged or used the first. The first
 * token dies in the same transaction, so there is never a moment with two. The answer carries a token, and the caller may
 * have lost rights since, or the key have won some: he must have every right that the key has now.
 */
export async function replaceUnused(
  service: Service,
  tables: Tables,
  caller: Caller,
  first: StoredIdempotency,
  hashNow: string,
): Promise<Issued> {
  requireSameBody(first, hashNow)
  const nowMs = service.clock()
  const key = await tables.keys.lock(first.keyId)
  if (key === undefined || keyStateAt(key, nowMs) !== 'pending') {
    throw new KeyError(
      'IdempotencyKeyReused',
      `This Idempotency-Key made key ${first.keyId}, whose token can no longer be replaced`,
      { keyId: first.keyId },
    )
  }
  requireRightsOf(caller, key)
  for (const { id } of await tables.credentials.ofKeys([key.id])) {
    await tables.credentials.end(id, nowMs)
  }
  const minted = mint(service, key.id, nowMs)
  await tables.credentials.insert(minted.stored)
  const saved = await saveKey(
    tables,
    key,
    { pendingUntilMs: nowMs + service.rules.pendingSeconds * 1000 },
    { actor: caller.actor, action: 'Reissued', nowMs, detail: { credentialId: minted.stored.id } },
  )
  return {
    key: toRecord(service.rules, saved, [minted.stored], nowMs),
    credentialId: minted.stored.id,
    credential: minted.credential,
  }
}

/** Throws `IdempotencyKeyMismatch` unless the repetition says what the first said. */
export function requireSameBody(first: StoredIdempotency, hashNow: string): void {
  if (first.bodyHash === hashNow) return
  throw new KeyError(
    'IdempotencyKeyMismatch',
    'This Idempotency-Key was used with another body; take a new one',
    { keyId: first.keyId },
  )
}

function sorted(_name: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
