import type { KeyState } from '@latchkey/core'

export interface Keys {
  insert(key: StoredKey): Promise<void>
  find(id: string): Promise<StoredKey | undefined>
  /** Those of these ids that exist, in no order. */
  ofIds(ids: readonly string[]): Promise<StoredKey[]>
  /** Finds it and keeps others from changing it until the transaction ends. */
  lock(id: string): Promise<StoredKey | undefined>
  /** Writes every field; `version` in `key` is the new one. False when somebody else changed it in between. */
  update(key: StoredKey): Promise<boolean>
  page(filter: KeyFilter, page: KeyPage): Promise<StoredKey[]>
  count(filter: KeyFilter): Promise<number>
  /** Pending keys that nobody acknowledged in time, oldest first. */
  overdue(nowMs: number, limit: number): Promise<StoredKey[]>
}

/**
 * How far beyond its account a key reaches: not at all, over all accounts with its scopes alone, or over all with every
 * right there is, those included that nobody has named yet.
 */
export type KeyPlatform = false | 'Scoped' | 'Administrator'

export interface StoredKey {
  readonly id: string
  readonly account: string
  readonly space: string | null
  readonly owner: string | null
  readonly displayName: string
  readonly description: string | null
  readonly scopes: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  readonly state: 'pending' | 'active' | 'disabled' | 'revoked'
  readonly stateReason: string | null
  /** Why, in the words of who switched it off. */
  readonly stateMessage: string | null
  readonly platform: KeyPlatform
  readonly createdMs: number
  readonly activatedMs: number | null
  readonly pendingUntilMs: number | null
  readonly expiresMs: number | null
  readonly revokedMs: number | null
  readonly version: number
}

/** Which keys; every condition given must match. */
export interface KeyFilter {
  /** Absent: all accounts, for platform credentials only. */
  readonly account?: string
  readonly space?: string
  readonly owner?: string
  /** Administrators' credentials alone. */
  readonly platform?: 'Administrator'
  /** The state at `nowMs`. */
  readonly state?: KeyState
  readonly nowMs: number
  /** Leaves out keys that were revoked up to this instant. */
  readonly revokedAfterMs?: number
  /** Part of the name, in any case. */
  readonly search?: string
  readonly metadata: readonly { readonly name: string; readonly value: string }[]
}

/** Which part of them: those behind `after`, in a total order (the id decides between equals). */
export interface KeyPage {
  readonly by: 'createdMs' | 'displayName'
  readonly descending: boolean
  readonly after?: { readonly value: number | string; readonly id: string }
  readonly limit: number
}
