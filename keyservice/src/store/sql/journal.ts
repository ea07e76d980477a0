import type { Kysely } from 'kysely'
import type { Journal } from '../port.ts'
import type { Schema } from '../schema.ts'

/** The audit trail and the change feed in SQL: two rows for every change, in its own transaction. */
export function journal(db: Kysely<Schema>): Journal {
  return {
    async append(entry) {
      await db
        .insertInto('audit')
        .values({
          time_ms: entry.timeMs,
          account: entry.account,
          actor: entry.actor,
          action: entry.action,
          subject: entry.subject,
          detail: JSON.stringify(entry.detail),
        })
        .execute()
      await db
        .insertInto('events')
        .values({
          time_ms: entry.timeMs,
          account: entry.account,
          kind: entry.action,
          subject: entry.subject,
          version: entry.version,
        })
        .execute()
    },
  }
}
