import type { Accounts } from './port/accounts.ts'
import type { Credentials } from './port/credentials.ts'
import type { Endings } from './port/endings.ts'
import type { Idempotency } from './port/idempotency.ts'
import type { Journal } from './port/journal.ts'
import type { Keys } from './port/keys.ts'
import type { Life } from './port/life.ts'
import type { Logins } from './port/logins.ts'
import type { Lookup } from './port/lookup.ts'
import type { Peppers } from './port/peppers.ts'
import type { Rates } from './port/rates.ts'
import type { Sessions } from './port/sessions.ts'
import type { Spaces } from './port/spaces.ts'
import type { Usage, UsesBatch } from './port/usage.ts'
import type { Users } from './port/users.ts'

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
  /** How many uses are best saved at once: more would hold others up, fewer would cost more. */
  readonly usesAtOnce: number
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
