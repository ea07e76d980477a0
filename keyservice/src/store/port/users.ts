export interface Users {
  insert(user: StoredUser): Promise<void>
  find(id: string): Promise<StoredUser | undefined>
  remove(id: string, atMs: number): Promise<void>
  list(account: string): Promise<StoredUser[]>
}

export interface StoredUser {
  readonly id: string
  readonly account: string
  readonly displayName: string
  readonly avatar: string | null
  readonly createdMs: number
  readonly removedMs: number | null
}
