import { findToken } from '../keys/find-token.ts'
import { keyStateAt } from '../keys/record.ts'
import { saveKey } from '../keys/save-key.ts'
import { settleRotation } from '../keys/settle-rotation.ts'
import type { Service } from '../service.ts'
import type { StoredCredential } from '../store/port/credentials.ts'
import type { StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'

/** A published credential, in clear: it goes into a hash and nowhere else. */
export interface Leak {
  /** The full token, or the secret of a pair. */
  readonly token: string
  /** Who reports: a key id, a user id, or the name of a scanner. */
  readonly actor: string
  readonly source?: string | undefined
  readonly url?: string | undefined
}

/** Which credential of which key it was. */
export interface LeakedCredential {
  readonly key: StoredKey
  readonly credentialId: string
}

/**
 * Switches off the one credential that was published, for ever: a second credential of the same key goes on, and a key
 * that has no other is disabled as `KeyLeaked`, which nothing enables again. Undefined for what was never a token of
 * ours. Safe to repeat; a credential that is dead already stays as it is.
 */
export async function reportLeak(
  service: Service,
  leak: Leak,
): Promise<LeakedCredential | undefined> {
  return service.store.write(async (tables) => {
    const leaked = await findToken(service, tables, leak.token)
    const key = leaked && (await tables.keys.lock(leaked.keyId))
    if (leaked === undefined || key === undefined) return undefined
    const nowMs = service.clock()
    const over = ['revoked', 'expired'].includes(keyStateAt(key, nowMs))
    if (over || key.stateReason === 'KeyLeaked') return { key, credentialId: leaked.id }
    const present = await settleRotation(tables, await tables.credentials.ofKeys([key.id]), nowMs)
    if (!present.some(({ id }) => id === leaked.id)) return { key, credentialId: leaked.id }

    const alone = present.length === 1
    if (!alone) await endOne(tables, present, leaked, nowMs)
    const saved = await saveKey(tables, key, alone ? leakedState : {}, {
      actor: leak.actor,
      action: 'Leaked',
      nowMs,
      detail: detailOf(leak, leaked),
    })
    return { key: saved, credentialId: leaked.id }
  })
}

/** What a key is whose only token was published. What was said of it before is no longer why. */
export const leakedState = {
  state: 'disabled',
  stateReason: 'KeyLeaked',
  stateMessage: null,
  pendingUntilMs: null,
} as const

/**
 * Ends one of two. One that nobody acknowledged is taken back, so that its predecessor is the current one again; a
 * predecessor in its grace period keeps the end that it has.
 */
async function endOne(
  tables: Tables,
  present: readonly StoredCredential[],
  leaked: StoredCredential,
  nowMs: number,
): Promise<void> {
  await tables.credentials.end(leaked.id, nowMs, 'KeyLeaked')
  if (leaked.pendingUntilMs !== null) await settleRotation(tables, present, nowMs, leaked)
}

/** What the audit trail keeps; an address that holds the token itself is left out. */
function detailOf({ token, source, url }: Leak, { id }: StoredCredential) {
  return {
    credentialId: id,
    ...(source === undefined ? {} : { source }),
    ...(url === undefined || url.includes(token) ? {} : { url }),
  }
}
