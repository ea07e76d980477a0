export interface Idempotency {
  find(caller: string, idempotencyKey: string): Promise<StoredIdempotency | undefined>
  insert(row: StoredIdempotency): Promise<void>
  /** True when nobody else, on any replica, works on this name; held to the end of the transaction. */
  tryLock(name: string): Promise<boolean>
  /**
   * Forgets up to `limit` rows made before `beforeMs`, but none whose key, or a token of it, is pending at `nowMs`. Tells
   * how many it were.
   */
  forget(beforeMs: number, nowMs: number, limit: number): Promise<number>
}

export interface StoredIdempotency {
  readonly caller: string
  readonly idempotencyKey: string
  readonly bodyHash: string
  readonly keyId: string
  readonly createdMs: number
}
