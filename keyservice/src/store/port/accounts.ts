export interface Accounts {
  insert(account: StoredAccount): Promise<void>
  find(id: string): Promise<StoredAccount | undefined>
  /** Finds it and keeps others from changing its keys' number until the transaction ends. */
  lock(id: string): Promise<StoredAccount | undefined>
  update(account: StoredAccount): Promise<void>
  list(): Promise<StoredAccount[]>
}

export interface StoredAccount {
  readonly id: string
  readonly displayName: string
  readonly plan: string
  /** Null: all rights. */
  readonly scopes: readonly string[] | null
  readonly subscriptionActive: boolean
  readonly createdMs: number
  readonly deletedMs: number | null
}
