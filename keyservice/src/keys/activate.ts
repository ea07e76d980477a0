import { KeyError, type KeyRecord } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import type { StoredCredential } from '../store/port/credentials.ts'
import type { StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'
import { lockKey } from './find-key.ts'
import { keyStateAt, toRecord } from './record.ts'
import { requireRoom } from './room.ts'
import { saveKey } from './save-key.ts'
import { hasLapsed } from './settle-rotation.ts'
import { requireAlive } from './state.ts'

/**
 * Acknowledges one token of a key: the key stays. Safe to repeat for the token that is active; `Conflict` when the key
 * no longer has this token.
 */
export async function activateKey(
  service: Service,
  caller: Caller,
  keyId: string,
  credentialId: string,
): Promise<KeyRecord> {
  requireRight(caller, 'writeApiKeys')
  return service.store.write(async (tables) => {
    const key = await lockKey(tables, caller, keyId)
    requireAlive(key, service.clock())
    if (key.state === 'pending') {
      await requireRoom(tables, service.rules, key, service.clock(), 'Counted')
    }
    const outcome = await acknowledge(service, tables, key, credentialId, caller.actor)
    if (outcome.kind === 'active') {
      const credentials = await tables.credentials.ofKeys([keyId])
      return toRecord(service.rules, outcome.key, credentials, service.clock())
    }
    throw new KeyError('Conflict', `Key ${keyId} no longer has the credential ${credentialId}`, {
      keyId,
    })
  })
}

/** Whether the token is acknowledged now. */
export type Acknowledged =
  | { readonly kind: 'active'; readonly key: StoredKey }
  | { readonly kind: 'lost' }

/** Acknowledges a token of a locked key, within the caller's transaction. */
export async function acknowledge(
  service: Service,
  tables: Tables,
  key: StoredKey,
  credentialId: string,
  actor: string,
): Promise<Acknowledged> {
  const nowMs = service.clock()
  const credentials = await tables.credentials.ofKeys([key.id])
  const own = credentials.find(({ id }) => id === credentialId)
  if (own === undefined || hasLapsed(own, nowMs)) return { kind: 'lost' }
  const state = keyStateAt(key, nowMs)
  if (state !== 'pending' && state !== 'active') return { kind: 'lost' }
  if (state === 'active' && own.pendingUntilMs === null) return { kind: 'active', key }

  await tables.credentials.update({ ...own, pendingUntilMs: null, graceMs: null })
  for (const other of credentials) {
    if (other.id !== own.id) await endAfter(tables, other, own.graceMs ?? 0, nowMs)
  }
  const saved = await saveKey(
    tables,
    key,
    { state: 'active', activatedMs: key.activatedMs ?? nowMs, pendingUntilMs: null },
    { actor, action: 'Activated', nowMs, detail: { credentialId } },
  )
  return { kind: 'active', key: saved }
}

/** Ends the token of before: at once, or when its grace period is over. */
async function endAfter(
  tables: Tables,
  credential: StoredCredential,
  graceMs: number,
  nowMs: number,
): Promise<void> {
  if (graceMs === 0) return tables.credentials.end(credential.id, nowMs)
  return tables.credentials.update({ ...credential, role: 'previous', expiresMs: nowMs + graceMs })
}
