import type { KeyState } from '@latchkey/core'

/**
 * Where the key service keeps things. The rules (`src/keys`, `src/accounts`) know only this port; SQLite and PostgreSQL
 * implement it and pass one contract suite (`contract.ts`).
 */
export interface Store {
  readonly engine: 'sqlite' | 'postgres'
  /**
   * Everything that decides about one presented credential, by the hash of its token; the hot path. Read from the database
   * each time: calls that arrive together may share one query, but none joins a query that was already sent, so a lookup
   * that begins after a revocation was answered sees it.
   */
  lookup(hash: string): Promise<Lookup | undefined>
  /** Runs `work` on committed data. */
  read<T>(work: (tables: Tables) => Promise<T>): Promise<T>
  /**
   * Runs `work` in a transaction and resolves when it is durable; a throw rolls it back and comes through. Several writes
   * may be committed together, none sees another's half. `work` may await nothing but `tables`, and may be run again after
   * a serialization failure.
   */
  write<T>(work: (tables: Tables) => Promise<T>): Promise<T>
  /**
   * Writes uses, all of the batch or nothing, out of the way of everything that somebody waits for. Resolves when they can be
   * read; the last ones may be lost when the machine dies, and what vouches for them with them.
   */
  saveUses(batch: UsesBatch): Promise<void>
  /** Lets go of files and connections, after what is running has ended. */
  close(): Promise<void>
}

/** One transaction's view, by table. */
export interface Tables {
  readonly accounts: Accounts
  readonly spaces: Spaces
  readonly users: Users
  readonly keys: Keys
  readonly credentials: Credentials
  readonly idempotency: Idempotency
  readonly journal: Journal
  readonly usage: Usage
  readonly sessions: Sessions
  readonly logins: Logins
  readonly rates: Rates
  readonly life: Life
  readonly peppers: Peppers
  readonly endings: Endings
}

export interface Accounts {
  insert(account: StoredAccount): Promise<void>
  find(id: string): Promise<StoredAccount | undefined>
  /** Finds it and keeps others from changing its keys' number until the transaction ends. */
  lock(id: string): Promise<StoredAccount | undefined>
  update(account: StoredAccount): Promise<void>
  list(): Promise<StoredAccount[]>
}

export interface Spaces {
  insert(space: StoredSpace): Promise<void>
  find(id: string): Promise<StoredSpace | undefined>
  remove(id: string, atMs: number): Promise<void>
  list(account: string): Promise<StoredSpace[]>
}

export interface Users {
  insert(user: StoredUser): Promise<void>
  find(id: string): Promise<StoredUser | undefined>
  remove(id: string, atMs: number): Promise<void>
  list(account: string): Promise<StoredUser[]>
}

export interface Keys {
  insert(key: StoredKey): Promise<void>
  find(id: string): Promise<StoredKey | undefined>
  /** Those of these ids that exist, in no order. */
  ofIds(ids: readonly string[]): Promise<StoredKey[]>
  /** Finds it and keeps others from changing it until the transaction ends. */
  lock(id: string): Promise<StoredKey | undefined>
  /** Writes every field; `version` in `key` is the new one. False when somebody else changed it in between. */
  update(key: StoredKey): Promise<boolean>
  page(filter: KeyFilter, page: KeyPage): Promise<StoredKey[]>
  count(filter: KeyFilter): Promise<number>
  /** Pending keys that nobody acknowledged in time, oldest first. */
  overdue(nowMs: number, limit: number): Promise<StoredKey[]>
}

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

/** What ends many things at once. */
export interface Endings {
  /** Revokes all keys that are not revoked yet, of an account or of one of its spaces, and tells which. */
  revokeKeys(
    which: { readonly account: string; readonly space?: string },
    reason: string,
    atMs: number,
  ): Promise<readonly Pick<StoredKey, 'id' | 'space' | 'version'>[]>
  /**
   * Removes what is personal in a deleted account: names, owners, metadata, users and how they log in, and the same from
   * its journal. What is left are ids and times, and the hashes of tokens, which are never given again.
   */
  erasePersonalData(account: string): Promise<void>
  /** Ends all sessions there are. */
  endSessions(): Promise<void>
}

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

/** The peppers that hashes were made with. */
export interface Peppers {
  /** Remembers what tells a pepper; false when another one had its version before. */
  remember(version: number, check: string): Promise<boolean>
  /** The versions that were ever remembered: no token was hashed with another one. */
  versions(): Promise<number[]>
  /** Whether live tokens need a pepper, or ended ones alone, which must stay known. Looks no further than it must. */
  need(version: number): Promise<'Live' | 'Ended' | 'None'>
  /** How many tokens need it. Reads them all. */
  count(version: number): Promise<{ readonly live: number; readonly ended: number }>
}

/** What was used of rate limits. */
export interface Rates {
  /** Adds to what was used of a window, and says what it is then; others that add at the same time come before or after. */
  add(window: { readonly name: string; readonly startMs: number }, count: number): Promise<number>
  /** Forgets windows that began before this instant. */
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

/** What tokens were used for, as `saveUses` has written it. */
export interface Usage {
  /** Of every token that the key ever had, by scope. */
  ofKey(keyId: string): Promise<ScopeUse[]>
  /** This replica counts no more uses. */
  forget(replica: string): Promise<void>
  /** The earliest instant of those that replicas reported since `heardSinceMs`. */
  completeMs(heardSinceMs: number): Promise<number | undefined>
}

/** Uses that a replica has gathered. */
export interface UsesBatch {
  /** Moves `last used` of these credentials forward, never back. */
  readonly uses: readonly { readonly credentialId: string; readonly lastUsedMs: number }[]
  /** Added to what is counted already. */
  readonly scopes: readonly ScopeUse[]
  /** With this batch, the replica has written every use before this instant. */
  readonly complete?: { readonly replica: string; readonly untilMs: number }
}

/** How often a token was used for a scope, and when last. */
export interface ScopeUse {
  readonly credentialId: string
  readonly scope: string
  readonly uses: number
  readonly lastUsedMs: number
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

export interface StoredSpace {
  readonly id: string
  readonly account: string
  readonly displayName: string
  readonly logo: string | null
  readonly createdMs: number
  readonly removedMs: number | null
}

export interface StoredUser {
  readonly id: string
  readonly account: string
  readonly displayName: string
  readonly avatar: string | null
  readonly createdMs: number
  readonly removedMs: number | null
}

export interface StoredKey {
  readonly id: string
  readonly account: string
  readonly space: string | null
  readonly owner: string | null
  readonly displayName: string
  readonly description: string | null
  readonly scopes: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  readonly state: 'pending' | 'active' | 'disabled' | 'revoked'
  readonly stateReason: string | null
  readonly platform: boolean
  readonly createdMs: number
  readonly activatedMs: number | null
  readonly pendingUntilMs: number | null
  readonly expiresMs: number | null
  readonly revokedMs: number | null
  readonly version: number
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

export interface StoredIdempotency {
  readonly caller: string
  readonly idempotencyKey: string
  readonly bodyHash: string
  readonly keyId: string
  readonly createdMs: number
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

/** All that decides whether a presented credential works, in one row. */
export interface Lookup {
  /** The version of the pepper that the hash was made with; 0: none. */
  readonly pepper: number
  readonly credentialId: string
  readonly kind: 'token' | 'pair'
  readonly role: 'current' | 'previous'
  readonly credentialExpiresMs: number | null
  readonly credentialPendingUntilMs: number | null
  readonly credentialEndedMs: number | null
  /** Why it ended, where that was not by its owner's will or its time. */
  readonly credentialEndReason: 'KeyLeaked' | null
  readonly keyId: string
  readonly account: string
  readonly space: string | null
  readonly owner: string | null
  readonly scopes: readonly string[]
  readonly state: StoredKey['state']
  readonly stateReason: string | null
  readonly platform: boolean
  readonly pendingUntilMs: number | null
  readonly expiresMs: number | null
  readonly accountScopes: readonly string[] | null
  readonly plan: string
  readonly accountDeleted: boolean
  readonly subscriptionActive: boolean
  readonly spaceRemoved: boolean
  /** The store came from a backup, and nobody has decided about what was revoked since. */
  readonly storeRestored: boolean
}

/** Which keys; every condition given must match. */
export interface KeyFilter {
  /** Absent: all accounts, for platform credentials only. */
  readonly account?: string
  readonly space?: string
  readonly owner?: string
  /** Platform credentials alone. */
  readonly platform?: true
  /** The state at `nowMs`. */
  readonly state?: KeyState
  readonly nowMs: number
  /** Leaves out keys that were revoked up to this instant. */
  readonly revokedAfterMs?: number
  /** Part of the name, in any case. */
  readonly search?: string
  readonly metadata: readonly { readonly name: string; readonly value: string }[]
}

/** Which part of them: those behind `after`, in a total order (the id decides between equals). */
export interface KeyPage {
  readonly by: 'createdMs' | 'displayName'
  readonly descending: boolean
  readonly after?: { readonly value: number | string; readonly id: string }
  readonly limit: number
}
