import type { KeyState } from '@latchkey/core'

/** A token as the model remembers it. */
export interface ModelToken {
  readonly token: string
  readonly credentialId: string
  /** Dead from here on; null: lives with its key. */
  endsMs: number | null
}

/** A key as the model remembers it: written from the rules, not from the code. */
export interface ModelKey {
  readonly id: string
  state: 'pending' | 'active' | 'disabled' | 'revoked'
  pendingUntilMs: number | null
  expiresMs: number | null
  displayName: string
  /** All that ever were: the dead ones must stay dead. */
  tokens: ModelToken[]
  /** The create, where it may be repeated. */
  readonly create:
    | { readonly idempotencyKey: string; readonly lifeSeconds: number | null }
    | undefined
}

/** The state at an instant. */
export function stateAt(key: ModelKey, nowMs: number): KeyState {
  if (key.state === 'revoked') return 'revoked'
  if (key.expiresMs !== null && key.expiresMs <= nowMs) return 'expired'
  if (key.pendingUntilMs !== null && key.pendingUntilMs <= nowMs) return 'expired'
  return key.state
}

/** Whether a token of the key works at an instant. */
export function works(key: ModelKey, token: ModelToken, nowMs: number): boolean {
  const state = stateAt(key, nowMs)
  if (state !== 'active' && state !== 'pending') return false
  return token.endsMs === null || token.endsMs > nowMs
}

/** Keys that count against a limit. */
export function countLive(keys: readonly ModelKey[], nowMs: number): number {
  return keys.filter((key) => ['active', 'pending'].includes(stateAt(key, nowMs))).length
}

/** Acknowledges a pending key: it stays. */
export function acknowledge(key: ModelKey): void {
  key.state = 'active'
  key.pendingUntilMs = null
}

/** Ends every token of a key but those that a grace period spares. */
export function endTokens(key: ModelKey, endsMs: number): void {
  for (const token of key.tokens) {
    if (token.endsMs === null || token.endsMs > endsMs) token.endsMs = endsMs
  }
}
