export interface Spaces {
  insert(space: StoredSpace): Promise<void>
  find(id: string): Promise<StoredSpace | undefined>
  remove(id: string, atMs: number): Promise<void>
  list(account: string): Promise<StoredSpace[]>
}

export interface StoredSpace {
  readonly id: string
  readonly account: string
  readonly displayName: string
  readonly logo: string | null
  readonly createdMs: number
  readonly removedMs: number | null
}
