/**
 * What happened, written in the transaction of the change itself: the audit trail and the change feed. Append-only, which
 * the database enforces. Entries are numbered in the order in which their transactions commit: who has seen a number
 * has seen every smaller one.
 */
export interface Journal {
  append(...entries: readonly JournalEntry[]): Promise<void>
  /** The life of the store, and the number of the last entry; 0 when there is none. */
  head(): Promise<JournalHead>
  /** Entries in the order of their numbers. */
  page(filter: JournalFilter, page: JournalPage): Promise<StoredEntry[]>
}

export interface JournalEntry {
  readonly timeMs: number
  readonly account: string
  /** The space of the subject, where it has one: who is bound to a space sees nothing else. */
  readonly space: string | null
  /** Who did it: a key id, a user id, or `system`. */
  readonly actor: string
  /** A word such as `Issued` or `Revoked`. */
  readonly action: string
  /** What it was done to. */
  readonly subjectKind: 'key' | 'account' | 'space' | 'user' | 'store'
  readonly subject: string
  /** The subject's version after the change. */
  readonly version: number
  /** What changed, without anything secret. */
  readonly detail: Readonly<Record<string, unknown>>
}

/** An entry as it was committed. */
export interface StoredEntry extends JournalEntry {
  readonly number: number
}

export interface JournalHead {
  readonly life: string
  readonly number: number
}

/** Which entries; every condition given must match. */
export interface JournalFilter {
  readonly account?: string
  readonly space?: string
  readonly actor?: string
  readonly action?: string
  readonly subject?: string
  readonly fromMs?: number
  readonly untilMs?: number
}

/** Which part of them: numbers beyond `after` in the order asked for, up to `last`. */
export interface JournalPage {
  readonly descending: boolean
  readonly after?: number
  /** The largest number to be given. */
  readonly last?: number
  readonly limit: number
}
