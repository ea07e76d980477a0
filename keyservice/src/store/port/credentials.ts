export interface Credentials {
  /** Writes a new one; `lastUsedMs` is not part of it, see `saveUses`. */
  insert(credential: StoredCredential): Promise<void>
  /** The one of this token, ended ones included. */
  find(hash: string): Promise<StoredCredential | undefined>
  /** Live ones (not ended) of these keys. */
  ofKeys(keyIds: readonly string[]): Promise<StoredCredential[]>
  /** Ends one at once; what has ended stays as it ended. */
  end(id: string, atMs: number, reason?: 'KeyLeaked'): Promise<void>
  /** Writes what may change of one: its role and its times. */
  update(credential: StoredCredential): Promise<void>
  /** Keeps it under another hash; what has ended stays. */
  renew(id: string, hash: string, pepper: number): Promise<void>
}

export interface StoredCredential {
  readonly hash: string
  /** The version of the pepper of the hash; 0: none. */
  readonly pepper: number
  readonly id: string
  readonly keyId: string
  readonly kind: 'token' | 'pair'
  readonly role: 'current' | 'previous'
  readonly prefix: string
  readonly suffix: string
  readonly createdMs: number
  readonly expiresMs: number | null
  readonly pendingUntilMs: number | null
  readonly graceMs: number | null
  readonly endedMs: number | null
  readonly lastUsedMs: number | null
}
