// The key service as a person would explain it: what keys, tokens and sessions are, and when they live. Written from the rules,
// not from the code, and small enough to be believed.

import type { KeyState } from '@latchkey/core'

/** A token as the model remembers it. */
export interface ModelToken {
  readonly token: string
  readonly credentialId: string
  /** Dead from here on; null: lives with its key. */
  endsMs: number | null
  /** Of a rotation that waits for its acknowledgement: dead from here on unless it comes. */
  pendingUntilMs: number | null
  /** How long its acknowledgement lets the token before it live. */
  readonly graceMs: number
}

/** A key as the model remembers it. */
export interface ModelKey {
  readonly id: string
  readonly account: string
  readonly space: string | null
  readonly owner: string | null
  state: 'pending' | 'active' | 'disabled' | 'revoked'
  leaked: boolean
  pendingUntilMs: number | null
  expiresMs: number | null
  displayName: string
  scopes: readonly string[]
  /** All that ever were: the dead ones must stay dead. */
  readonly tokens: ModelToken[]
}

/** A session as the model remembers it: it does what its token does, for a while. */
export interface ModelSession {
  readonly token: string
  readonly key: ModelKey
  readonly of: ModelToken
  readonly endsMs: number
}

/** What an account has that keys refer to. */
export interface ModelAccount {
  readonly id: string
  readonly space: string
  readonly user: string
  spaceRemoved: boolean
  userRemoved: boolean
}

/** Everything, at an instant. */
export interface ModelWorld {
  nowMs: number
  readonly accounts: readonly ModelAccount[]
  readonly keys: ModelKey[]
  readonly sessions: ModelSession[]
}

/** Live keys at most in each account. */
export const keyLimit = 5
/** What nobody acknowledges dies after a day. */
export const pendingMs = 86_400_000
/** A session ends after eight hours at the latest. */
export const sessionMs = 28_800_000

/** The state of a key at an instant. */
export function stateAt(key: ModelKey, nowMs: number): KeyState {
  if (key.state === 'revoked') return 'revoked'
  if (isOver(key.expiresMs, nowMs) || isOver(key.pendingUntilMs, nowMs)) return 'expired'
  return key.state
}

/** The tokens of a key that nobody and no date has ended, the oldest first: two at most. */
export function lasting(key: ModelKey, nowMs: number): ModelToken[] {
  return key.tokens.filter(
    ({ endsMs, pendingUntilMs }) => !isOver(endsMs, nowMs) && !isOver(pendingUntilMs, nowMs),
  )
}

/** Whether a token of the key works at an instant. */
export function works(key: ModelKey, token: ModelToken, nowMs: number): boolean {
  const state = stateAt(key, nowMs)
  return (state === 'active' || state === 'pending') && lasting(key, nowMs).includes(token)
}

/** Whether a session works at an instant. */
export function sessionWorks({ key, of, endsMs }: ModelSession, nowMs: number): boolean {
  return endsMs > nowMs && works(key, of, nowMs)
}

/** Keys of an account that count against its limit. */
export function countLive({ keys, nowMs }: ModelWorld, account: string): number {
  return keys.filter(
    (key) => key.account === account && ['active', 'pending'].includes(stateAt(key, nowMs)),
  ).length
}

/** Acknowledges a token that works: its key stays, and what it replaced goes. */
export function acknowledge(key: ModelKey, token: ModelToken, nowMs: number): void {
  if (key.state === 'pending') Object.assign(key, { state: 'active', pendingUntilMs: null })
  if (token.pendingUntilMs === null) return
  token.pendingUntilMs = null
  endOthers(key, token, nowMs + token.graceMs)
}

/** Ends every token of a key but one; `endsMs` may lie ahead. */
export function endOthers(key: ModelKey, kept: ModelToken | undefined, endsMs: number): void {
  for (const token of key.tokens) {
    if (token !== kept && !isOver(token.endsMs, endsMs)) token.endsMs = endsMs
  }
}

/**
 * A published token dies for ever, alone if its key has another. One that is dead already stays as it is, and so does its
 * key.
 */
export function leak(key: ModelKey, token: ModelToken, nowMs: number): void {
  const state = stateAt(key, nowMs)
  if (state === 'revoked' || state === 'expired' || key.leaked) return
  const present = lasting(key, nowMs)
  if (!present.includes(token)) return
  if (present.length > 1) token.endsMs = nowMs
  else Object.assign(key, { state: 'disabled', leaked: true, pendingUntilMs: null })
}

/** Ends a key for ever. */
export function end(key: ModelKey): void {
  Object.assign(key, { state: 'revoked', pendingUntilMs: null })
}

function isOver(endMs: number | null, nowMs: number): boolean {
  return endMs !== null && endMs <= nowMs
}
