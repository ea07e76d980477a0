import { type KeyRecord, type KeyState, preview } from '@latchkey/core'
import type { Rules } from '../service.ts'
import type { StoredCredential } from '../store/port/credentials.ts'
import type { StoredKey } from '../store/port/keys.ts'
import { hasLapsed } from './settle-rotation.ts'

/** The state of a key at an instant: dates end a key by themselves, without anybody writing it down. */
export function keyStateAt(key: StoredKey, nowMs: number): KeyState {
  if (key.state === 'revoked') return 'revoked'
  if (key.expiresMs !== null && key.expiresMs <= nowMs) return 'expired'
  if (key.state === 'pending' && key.pendingUntilMs !== null && key.pendingUntilMs <= nowMs) {
    return 'expired'
  }
  return key.state
}

/** A key as whoever may see it sees it. */
export function toRecord(
  rules: Pick<Rules, 'token'>,
  key: StoredKey,
  credentials: readonly StoredCredential[],
  nowMs: number,
): KeyRecord {
  const shown = credentials.filter(
    (credential) => credential.endedMs === null && !hasLapsed(credential, nowMs),
  )
  const lastUsedMs = Math.max(0, ...shown.map((credential) => credential.lastUsedMs ?? 0))
  return {
    id: key.id,
    displayName: key.displayName,
    ...(key.description === null ? {} : { description: key.description }),
    account: key.account,
    ...(key.space === null ? {} : { space: key.space }),
    ...(key.owner === null ? {} : { owner: key.owner }),
    scopes: [...key.scopes],
    ...(key.platform === false ? {} : { platform: true }),
    state: keyStateAt(key, nowMs),
    ...(key.stateReason === null ? {} : { stateReason: key.stateReason }),
    ...(key.stateMessage === null ? {} : { stateMessage: key.stateMessage }),
    credentials: shown.map((credential) => ({
      id: credential.id,
      // When an unacknowledged rotation has died, the token of before is the current one again.
      role: shown.length === 1 ? 'current' : credential.role,
      preview: preview(rules.token.preview, credential, key.id),
      createdTime: instant(credential.createdMs),
      ...optional('expirationTime', credential.expiresMs ?? credential.pendingUntilMs),
      ...optional('lastUsedTime', credential.lastUsedMs),
    })),
    metadata: { ...key.metadata },
    createdTime: instant(key.createdMs),
    ...optional('activatedTime', key.activatedMs),
    ...optional('expirationTime', key.expiresMs),
    ...optional('revocationTime', key.revokedMs),
    ...optional('lastUsedTime', lastUsedMs === 0 ? null : lastUsedMs),
    version: key.version,
  }
}

/** Milliseconds as RFC 3339. */
export function instant(ms: number): string {
  return new Date(ms).toISOString()
}

function optional<Name extends string>(
  name: Name,
  ms: number | null,
): { readonly [name in Name]?: string } {
  return (ms === null ? {} : { [name]: instant(ms) }) as { readonly [name in Name]?: string }
}
