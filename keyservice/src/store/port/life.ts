/** The life of the store: one row, made when the store is. */
export interface Life {
  find(): Promise<StoredLife | undefined>
  /** Names it, unless somebody has. */
  insertOnce(life: string): Promise<void>
  save(life: StoredLife): Promise<void>
  /** Names the place of the database as the engine tells it: a dump that is read back has another. */
  home(): Promise<string>
}

export interface StoredLife {
  readonly life: string
  /** Where it was when it was trusted last; null before the first look. */
  readonly home: string | null
  /** Set while it waits for a decision: when that was noticed, and the last entry that the backup has. */
  readonly restored: { readonly atMs: number; readonly number: number } | null
}
