/** What logging in made. */
export interface Sessions {
  insert(session: StoredSession): Promise<void>
  /** The one of this token, ended ones included. */
  find(hash: string): Promise<FoundSession | undefined>
  /** Ends one at once; what has ended stays. */
  end(id: string, atMs: number): Promise<void>
  endOfUser(userId: string, atMs: number): Promise<void>
  /** Forgets those that ended by their own date before this instant. */
  forget(beforeMs: number): Promise<void>
}

export interface StoredSession {
  readonly hash: string
  readonly id: string
  readonly account: string
  /** Null: opened with a password. */
  readonly credentialId: string | null
  readonly userId: string | null
  readonly createdMs: number
  readonly expiresMs: number
  readonly endedMs: number | null
}

/** A session, and under which hash its credential is looked up now. */
export interface FoundSession extends StoredSession {
  readonly credentialHash: string | null
}
