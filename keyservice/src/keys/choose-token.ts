import { crc32 } from 'node:zlib'
import { hasTokenFormat, KeyError, Token, tokenTraces } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import type { StoredCredential } from '../store/port/credentials.ts'
import type { StoredIdempotency } from '../store/port/idempotency.ts'
import type { Tables } from '../store/port.ts'
import { findToken } from './find-token.ts'
import { requireRightsOf } from './grant.ts'
import { bodyHash } from './idempotency.ts'
import { inFlight } from './in-flight.ts'
import type { CreateKey, Issued } from './issue.ts'
import { type Minted, mint } from './mint.ts'
import { newKey } from './new-key.ts'
import { keyStateAt, toRecord } from './record.ts'
import { hasLapsed } from './settle-rotation.ts'

/**
 * Registers a key whose token the caller made: for callers that must have stored it before it works. It needs its own
 * right, the full format and strength, and is never accepted twice, not even after its key has ended. The same caller's
 * identical repeat returns the live key, if he still has every right of it; anything else that names a known token is
 * `AlreadyExists`.
 */
export async function issueWithToken(
  service: Service,
  caller: Caller,
  body: CreateKey & { readonly token: string },
): Promise<Issued> {
  requireRight(caller, 'chooseToken')
  requireStrong(service, body)
  // The attempt is named by the token; the rest is what a repetition must say again.
  const attempt = `token ${service.hashes.of(body.token).hash}`
  const said = bodyHash({ account: caller.account, body: { ...body, token: true } })
  return inFlight(service, caller, attempt, async (tables) => {
    const known = await findToken(service, tables, body.token)
    if (known !== undefined) return repeated(service, tables, caller, body.token, known, said)
    const issued = await newKey(service, tables, caller, body, (keyId, nowMs) =>
      chosen(service, body.token, keyId, nowMs),
    )
    await tables.idempotency.insert({
      caller: caller.actor,
      idempotencyKey: attempt,
      bodyHash: said,
      keyId: issued.key.id,
      createdMs: service.clock(),
    })
    return issued
  })
}

/** Fewer different characters than that are not random: 36 random ones have about 27. */
const fewestCharacters = 14

function requireStrong(service: Service, body: CreateKey & { readonly token: string }): void {
  const { kind, prefix } = service.rules.token
  if (kind !== 'token') throw refused('cannot be chosen: this service issues key + secret pairs')
  if (body.pending === true) throw refused('is yours already: a chosen token is never pending')
  if (!hasTokenFormat(body.token, { prefix }, crc32)) {
    throw refused(`must start with ${prefix} and have the length, alphabet and checksum of a token`)
  }
  if (new Set(body.token.slice(prefix.length, -6)).size < fewestCharacters) {
    throw refused('is not random enough')
  }
}

function chosen(service: Service, text: string, keyId: string, nowMs: number): Minted {
  const { stored } = mint(service, keyId, nowMs)
  const traces = tokenTraces(text, { prefix: service.rules.token.prefix })
  return {
    stored: { ...stored, ...service.hashes.of(text), ...traces },
    credential: { kind: 'token', token: new Token(text) },
  }
}

async function repeated(
  service: Service,
  tables: Tables,
  caller: Caller,
  text: string,
  known: StoredCredential,
  said: string,
): Promise<Issued> {
  const nowMs = service.clock()
  const first = await firstAttempt(service, tables, caller, text)
  const key = first && (await tables.keys.find(first.keyId))
  const works = known.endedMs === null && !hasLapsed(known, nowMs)
  const live = key !== undefined && keyStateAt(key, nowMs) === 'active' && works
  if (first?.bodyHash !== said || !live) {
    throw new KeyError('AlreadyExists', 'This token was registered before; make another one')
  }
  requireRightsOf(caller, key)
  return {
    key: toRecord(service.rules, key, await tables.credentials.ofKeys([key.id]), nowMs),
    credentialId: known.id,
    credential: { kind: 'token', token: new Token(text) },
  }
}

async function firstAttempt(
  { hashes }: Service,
  tables: Tables,
  caller: Caller,
  text: string,
): Promise<StoredIdempotency | undefined> {
  for (const hash of hashes.all(text)) {
    const found = await tables.idempotency.find(caller.actor, `token ${hash}`)
    if (found !== undefined) return found
  }
  return undefined
}

function refused(message: string): KeyError {
  return new KeyError('Invalid', `The token ${message}`, { issues: [{ path: 'token', message }] })
}
