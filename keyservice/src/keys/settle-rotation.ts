import type { StoredCredential } from '../store/port/credentials.ts'
import type { Tables } from '../store/port.ts'

/**
 * Clears away what time has ended: a grace period that is over, and a pending token that nobody acknowledged, or that is
 * `takenBack` now, whose predecessor is then the current one again. Returns the tokens that are left.
 */
export async function settleRotation(
  tables: Tables,
  credentials: readonly StoredCredential[],
  nowMs: number,
  takenBack?: StoredCredential,
): Promise<StoredCredential[]> {
  const left: StoredCredential[] = []
  let currentEnded = false
  for (const credential of credentials) {
    if (credential.id === takenBack?.id || hasLapsed(credential, nowMs)) {
      await tables.credentials.end(credential.id, nowMs)
      currentEnded ||= credential.role === 'current'
    } else {
      left.push(credential)
    }
  }
  const [only] = left
  if (!currentEnded || only === undefined) return left
  const current: StoredCredential = { ...only, role: 'current', expiresMs: null }
  await tables.credentials.update(current)
  return [current]
}

/** True for a token whose time is over, whether it was a grace period or the wait for an acknowledgement. */
export function hasLapsed(credential: StoredCredential, nowMs: number): boolean {
  const end = credential.expiresMs ?? credential.pendingUntilMs
  return end !== null && end <= nowMs
}
