import { KeyError, type rotateKeyBody } from '@latchkey/core'
import type { z } from 'zod'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import type { StoredCredential } from '../store/port/credentials.ts'
import type { StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'
import { lockKey } from './find-key.ts'
import { requireRightsOf } from './grant.ts'
import { bodyHash, requireSameBody } from './idempotency.ts'
import { inFlight } from './in-flight.ts'
import type { Issued } from './issue.ts'
import { mint } from './mint.ts'
import { toRecord } from './record.ts'
import { saveKey } from './save-key.ts'
import { settleRotation } from './settle-rotation.ts'
import { requireActive } from './state.ts'

export type RotateKey = z.infer<typeof rotateKeyBody>

/**
 * Gives a key a new token. The one before ends at once, after a grace period, or, with `pending`, once the new one is
 * acknowledged: until then it works as if nothing had happened, and an unacknowledged new token dies by itself. Two
 * tokens at most: while a grace period runs, `RotationInProgress`. With an idempotency key a pending rotation may be
 * repeated: the unused token is replaced by a fresh one.
 */
export async function rotateKey(
  service: Service,
  caller: Caller,
  keyId: string,
  body: RotateKey,
  idempotencyKey?: string,
): Promise<Issued> {
  requireRight(caller, 'writeApiKeys')
  requireRotation(service, body)
  if (idempotencyKey === undefined) {
    return service.store.write(async (tables) => {
      const key = await rotatable(service, tables, caller, keyId)
      return addToken(service, tables, caller, key, body)
    })
  }
  const attempt = `rotate ${keyId} ${idempotencyKey}`
  return inFlight(service, caller, attempt, async (tables) => {
    const key = await rotatable(service, tables, caller, keyId)
    const first = await tables.idempotency.find(caller.actor, attempt)
    const hash = bodyHash(body)
    if (first !== undefined) {
      requireSameBody(first, hash)
      await endUnused(service, tables, key)
    } else {
      const createdMs = service.clock()
      const row = { caller: caller.actor, idempotencyKey: attempt, bodyHash: hash }
      await tables.idempotency.insert({ ...row, keyId, createdMs })
    }
    return addToken(service, tables, caller, key, body)
  })
}

/** Throws unless this service rotates in place, and in the way that is asked for. */
function requireRotation({ rules }: Service, body: RotateKey): void {
  const { rotation } = rules.keys
  if (rotation === 'None') {
    throw new KeyError(
      'MethodNotAllowed',
      'Keys are not rotated in place here: issue a new key, bring it to its users, revoke the old one',
    )
  }
  if (rotation === 'Immediate' && (body.gracePeriodSeconds ?? 0) > 0) {
    const path = 'gracePeriodSeconds'
    throw new KeyError('Invalid', 'A rotation ends the token of before at once here', {
      issues: [{ path, message: 'must be 0 at this service' }],
    })
  }
}

async function rotatable(
  service: Service,
  tables: Tables,
  caller: Caller,
  keyId: string,
): Promise<StoredKey> {
  const key = await lockKey(tables, caller, keyId)
  requireActive(key, service.clock())
  requireRightsOf(caller, key)
  return key
}

/** Takes the token of a repeated rotation back, as if it had never been made. */
async function endUnused(service: Service, tables: Tables, key: StoredKey): Promise<void> {
  const credentials = await tables.credentials.ofKeys([key.id])
  const unused = credentials.find(({ pendingUntilMs }) => pendingUntilMs !== null)
  if (unused === undefined) {
    throw new KeyError(
      'IdempotencyKeyReused',
      `This Idempotency-Key rotated key ${key.id}, and the token can no longer be replaced`,
      { keyId: key.id },
    )
  }
  await settleRotation(tables, credentials, service.clock(), unused)
}

async function addToken(
  service: Service,
  tables: Tables,
  caller: Caller,
  key: StoredKey,
  body: RotateKey,
): Promise<Issued> {
  const nowMs = service.clock()
  const present = await settleRotation(tables, await tables.credentials.ofKeys([key.id]), nowMs)
  if (present.length > 1) {
    throw new KeyError(
      'RotationInProgress',
      `Key ${key.id} has two tokens already; end the previous one first (DELETE /apikeys/${key.id}/previous)`,
      { keyId: key.id },
    )
  }
  const graceMs = (body.gracePeriodSeconds ?? 0) * 1000
  for (const before of present) await retire(tables, before, body.pending === true, graceMs, nowMs)
  const { stored, credential } = mint(service, key.id, nowMs)
  const fresh: StoredCredential =
    body.pending === true
      ? { ...stored, pendingUntilMs: nowMs + service.rules.pendingSeconds * 1000, graceMs }
      : stored
  await tables.credentials.insert(fresh)
  const saved = await saveKey(
    tables,
    key,
    {},
    {
      actor: caller.actor,
      action: 'Rotated',
      nowMs,
      detail: { credentialId: fresh.id, pending: body.pending === true, graceMs },
    },
  )
  const credentials = await tables.credentials.ofKeys([key.id])
  return {
    key: toRecord(service.rules, saved, credentials, nowMs),
    credentialId: fresh.id,
    credential,
  }
}

async function retire(
  tables: Tables,
  before: StoredCredential,
  pending: boolean,
  graceMs: number,
  nowMs: number,
): Promise<void> {
  if (!pending && graceMs === 0) return tables.credentials.end(before.id, nowMs)
  const expiresMs = pending ? null : nowMs + graceMs
  return tables.credentials.update({ ...before, role: 'previous', expiresMs })
}
