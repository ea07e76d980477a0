import { type Kysely, sql } from 'kysely'
import type { JournalEntry } from '../port/journal.ts'
import type { Tables } from '../port.ts'
import type { Schema } from '../schema.ts'

/** Tables whose journal gathers, and the writing down of what has gathered. */
export interface OrderedJournal {
  readonly tables: Tables
  /** The last step before the commit. */
  readonly write: () => Promise<void>
}

/** Any number, as long as nothing else takes it: the lock under which entries are numbered. */
const numbering = 7_220_841

/**
 * A number is drawn before its transaction commits, so two transactions may commit in the other order, and who reads in
 * between would go past the smaller number for ever. So the entries of a transaction wait for its end, where they are
 * written under a lock that is held until the commit can be seen: at the end, since nothing that anybody else
 * waits for is asked for after it, and no deadlock can go through it.
 */
export function orderedJournal(db: Kysely<Schema>, direct: Tables): OrderedJournal {
  const entries: JournalEntry[] = []
  return {
    tables: {
      ...direct,
      journal: {
        ...direct.journal,
        append: async (...more) => {
          entries.push(...more)
        },
      },
    },
    async write() {
      if (entries.length === 0) return
      await sql`select pg_advisory_xact_lock(${numbering}::bigint)`.execute(db)
      await direct.journal.append(...entries)
    },
  }
}
