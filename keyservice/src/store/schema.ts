import type { Generated } from 'kysely'

// The tables as kysely sees them, the same in both engines. Instants are milliseconds since the epoch (`…_ms`), lists and
// maps are JSON text, booleans are 0 and 1: what both engines store alike needs no translation.

export interface Schema {
  readonly accounts: AccountsTable
  readonly spaces: SpacesTable
  readonly users: UsersTable
  readonly keys: KeysTable
  readonly credentials: CredentialsTable
  readonly uses: UsesTable
  scope_uses: ScopeUsesTable
  replicas: ReplicasTable
  readonly key_metadata: KeyMetadataTable
  readonly idempotency: IdempotencyTable
  readonly audit: AuditTable
  readonly sessions: SessionsTable
  readonly logins: LoginsTable
  readonly failed_logins: FailedLoginsTable
  readonly rate_windows: RateWindowsTable
  readonly store: StoreTable
  readonly peppers: PeppersTable
}

export interface AccountsTable {
  id: string
  display_name: string
  plan: string
  /** JSON list of the rights available to the account; null means all. */
  scopes: string | null
  subscription_active: number
  created_ms: number
  deleted_ms: number | null
}

export interface SpacesTable {
  id: string
  account: string
  display_name: string
  logo: string | null
  created_ms: number
  removed_ms: number | null
}

export interface UsersTable {
  id: string
  account: string
  display_name: string
  avatar: string | null
  created_ms: number
  removed_ms: number | null
}

export interface KeysTable {
  id: string
  account: string
  space: string | null
  owner: string | null
  display_name: string
  description: string | null
  /** JSON list, sorted. */
  scopes: string
  /** JSON map; `key_metadata` holds the same for searching. */
  metadata: string
  /** As it was last written: a key past its end is still `active` here, see `keyStateAt`. */
  state: 'pending' | 'active' | 'disabled' | 'revoked'
  state_reason: string | null
  /** Why, in the words of who switched it off. */
  state_message: string | null
  /** For keys that reach across accounts: 1 with every right, 2 with their scopes alone. Else 0. */
  platform: number
  created_ms: number
  activated_ms: number | null
  /** A pending key that nobody acknowledged is dead from here on. */
  pending_until_ms: number | null
  expires_ms: number | null
  revoked_ms: number | null
  version: number
}

export interface CredentialsTable {
  /** What is kept of the token: never enough to give it back. */
  hash: string
  /** The pepper that the hash was made with; 0: none. */
  pepper: Generated<number>
  id: string
  key_id: string
  kind: 'token' | 'pair'
  role: 'current' | 'previous'
  prefix: string
  suffix: string
  created_ms: number
  /** End of a grace period. */
  expires_ms: number | null
  /** Made by a pending rotation: dead from here on, unless somebody acknowledged it. */
  pending_until_ms: number | null
  /** How long the one before still works after this one is acknowledged. */
  grace_ms: number | null
  /** Dead from here on; the row stays, so that the same token can never be registered again. */
  ended_ms: number | null
  end_reason: Generated<'KeyLeaked' | null>
}

/** Apart from the credentials: it changes all the time and must stay small. */
export interface UsesTable {
  credential_id: string
  last_used_ms: number
}

/** How often each token used each scope. */
export interface ScopeUsesTable {
  credential_id: string
  scope: string
  uses: number
  last_used_ms: number
}

/** Who counts uses, and up to when what it counted is written. */
export interface ReplicasTable {
  id: string
  complete_ms: number
}

export interface KeyMetadataTable {
  key_id: string
  name: string
  value: string
}

export interface IdempotencyTable {
  /** Who asked: the same word from two callers is two requests. */
  caller: string
  idempotency_key: string
  body_hash: string
  key_id: string
  created_ms: number
}

/** The log of all changes, which is both the audit trail and the change feed. Its ids are in the order of the commits. */
export interface AuditTable {
  id: Generated<number>
  time_ms: number
  account: string
  space: string | null
  actor: string
  action: string
  subject_kind: 'key' | 'account' | 'space' | 'user' | 'store'
  subject: string
  version: number
  detail: string
}

/** One row. */
export interface StoreTable {
  id: number
  /** Names this life of the store: after a restore it is another one. */
  life: string
  /** Where the database was when it was trusted last; see `Life.home`. */
  home: string | null
  /** Set while a restored store waits for a decision. */
  restored_ms: number | null
  /** The last entry of the journal that the backup has. */
  restored_number: number | null
}

export interface SessionsTable {
  hash: string
  id: string
  account: string
  /** Opened with this credential, and dead as soon as it is. Null: opened with a password. */
  credential_id: string | null
  user_id: string | null
  created_ms: number
  expires_ms: number
  ended_ms: number | null
}

export interface LoginsTable {
  user_id: string
  password_hash: string
  /** JSON list, sorted. */
  scopes: string
  changed_ms: number
}

/** By the name that was given, whether or not there is such a user: an answer must not tell. */
export interface FailedLoginsTable {
  username: string
  failures: number
  last_ms: number
}

/** What was used of a rate limit in one window, by all replicas. */
export interface RateWindowsTable {
  name: string
  start_ms: number
  used: number
}

/** Peppers that were used, by what tells them from others. */
export interface PeppersTable {
  version: number
  check_hash: string
}
