import type { Expression, Kysely } from 'kysely'
import type { Tables } from '../port.ts'
import type { Schema } from '../schema.ts'
import { accounts } from './accounts.ts'
import { credentials } from './credentials.ts'
import { endings } from './endings.ts'
import { idempotency } from './idempotency.ts'
import { journal } from './journal.ts'
import { keys } from './keys.ts'
import { life } from './life.ts'
import { logins } from './logins.ts'
import { peppers } from './peppers.ts'
import { rates } from './rates.ts'
import { sessions } from './sessions.ts'
import { spaces } from './spaces.ts'
import { usage } from './usage.ts'
import { users } from './users.ts'

/** What the engines do not have in common, each a small piece of SQL. */
export interface Dialect {
  /** Keeps the row of an account to this transaction. */
  lockAccount(db: Kysely<Schema>, id: string): Promise<void>
  /** Keeps the row of a key to this transaction. */
  lockKey(db: Kysely<Schema>, id: string): Promise<void>
  /** Names the place of the database. */
  home(db: Kysely<Schema>): Promise<string>
  /** Takes a name for this transaction if nobody on any replica has it. */
  tryLock(db: Kysely<Schema>, name: string): Promise<boolean>
  /** A condition on the table of replicas: that the process of one lives. Absent where there is no other than this one. */
  readonly isHere?: Expression<boolean>
}

/** The tables over one connection, the same SQL for both engines. */
export function tables(db: Kysely<Schema>, dialect: Dialect): Tables {
  return {
    accounts: accounts(db, dialect),
    spaces: spaces(db),
    users: users(db),
    keys: keys(db, dialect),
    credentials: credentials(db),
    idempotency: idempotency(db, dialect),
    journal: journal(db),
    usage: usage(db, dialect),
    sessions: sessions(db),
    logins: logins(db),
    rates: rates(db),
    life: life(db, dialect),
    peppers: peppers(db),
    endings: endings(db),
  }
}
