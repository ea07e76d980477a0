/** What tokens were used for, as `saveUses` has written it. */
export interface Usage {
  /** Of every token that the key ever had, by scope. */
  ofKey(keyId: string): Promise<ScopeUse[]>
  /** This replica counts no more uses. */
  forget(replica: string): Promise<void>
  /** None counted any before now: for an engine that one process has alone. */
  forgetAll(): Promise<void>
  /**
   * The earliest instant of those that replicas reported since `heardSinceMs`; of those whose process is known to be gone,
   * since `goneSinceMs` (default: the same), so that one whose connection is just being made anew is not taken for gone.
   */
  completeMs(heardSinceMs: number, goneSinceMs?: number): Promise<number | undefined>
}

/** How often a token was used for a scope, and when last. */
export interface ScopeUse {
  readonly credentialId: string
  readonly scope: string
  readonly uses: number
  readonly lastUsedMs: number
}

/** Uses that a replica has gathered. */
export interface UsesBatch {
  /** Moves `last used` of these credentials forward, never back. Columns: that is how both engines hand them on. */
  readonly uses?: {
    readonly credentialIds: readonly string[]
    readonly lastUsedMs: readonly number[]
  }
  /** Added to what is counted already. */
  readonly scopes: readonly ScopeUse[]
  /** With this batch, the replica has written every use before this instant. */
  readonly complete?: { readonly replica: string; readonly untilMs: number }
}
