import { KeyError } from '@latchkey/core'
import type { Rules } from '../service.ts'
import type { StoredKey } from '../store/port/keys.ts'

// Revoked keys are kept for a while, for ever, or not at all. Their rows stay, so that a token is never given twice and
// the audit trail has what it speaks of; nobody is shown them any more.

/** Keys that were revoked up to this instant are gone; undefined where they are kept for ever. */
export function goneBeforeMs({ keys }: Pick<Rules, 'keys'>, nowMs: number): number | undefined {
  const { revokedRetentionSeconds: seconds } = keys
  return seconds === undefined ? undefined : nowMs - seconds * 1000
}

/** Throws the `NotFound` of a missing key for one that is gone. */
export function requireKept(rules: Pick<Rules, 'keys'>, key: StoredKey, nowMs: number): void {
  const before = goneBeforeMs(rules, nowMs)
  if (before === undefined || key.revokedMs === null || key.revokedMs > before) return
  throw new KeyError('NotFound', `There is no key ${key.id} that you may see`)
}
