/** How users log in. */
export interface Logins {
  find(userId: string): Promise<StoredLogin | undefined>
  /** Writes it, in the place of the one before. */
  save(login: StoredLogin): Promise<void>
  remove(userId: string): Promise<void>
  /** The failures in a row under this name, since the last success; kept from others until the transaction ends. */
  lockFailures(username: string): Promise<FailedLogins>
  /** Counts one more. */
  fail(username: string, atMs: number): Promise<void>
  /** A success ends the row. */
  succeed(username: string): Promise<void>
  /** Forgets rows whose last failure is older. */
  forget(beforeMs: number): Promise<void>
}

export interface StoredLogin {
  readonly userId: string
  readonly passwordHash: string
  readonly scopes: readonly string[]
  readonly changedMs: number
}

export interface FailedLogins {
  readonly failures: number
  readonly lastMs: number
}
