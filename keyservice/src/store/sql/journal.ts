import type { Insertable, Kysely, Selectable } from 'kysely'
import type { Journal, JournalEntry, StoredEntry } from '../port/journal.ts'
import type { AuditTable, Schema } from '../schema.ts'

/** Rows of one insert: as many as the engines' limits on parameters allow, and then some air. */
const part = 500

/**
 * The log of all changes in SQL. Where several connections write, the engine sees to it that numbers are given in the
 * order of the commits.
 */
export function journal(db: Kysely<Schema>): Journal {
  return {
    async append(...entries) {
      for (let start = 0; start < entries.length; start += part) {
        const rows = entries.slice(start, start + part).map(toRow)
        await db.insertInto('audit').values(rows).execute()
      }
    },
    async head() {
      const row = await db
        .selectFrom('store')
        .select('life')
        .select((select) =>
          select
            .selectFrom('audit')
            .select((audit) => audit.fn.max('id').as('number'))
            .as('number'),
        )
        .executeTakeFirstOrThrow()
      return { life: row.life, number: row.number ?? 0 }
    },
    async page(filter, page) {
      let query = db.selectFrom('audit').selectAll()
      const { account, space, actor, action, subject, fromMs, untilMs } = filter
      if (account !== undefined) query = query.where('account', '=', account)
      if (space !== undefined) query = query.where('space', '=', space)
      if (actor !== undefined) query = query.where('actor', '=', actor)
      if (action !== undefined) query = query.where('action', '=', action)
      if (subject !== undefined) query = query.where('subject', '=', subject)
      if (fromMs !== undefined) query = query.where('time_ms', '>=', fromMs)
      if (untilMs !== undefined) query = query.where('time_ms', '<', untilMs)
      if (page.last !== undefined) query = query.where('id', '<=', page.last)
      if (page.after !== undefined) {
        query = query.where('id', page.descending ? '<' : '>', page.after)
      }
      const rows = await query
        .orderBy('id', page.descending ? 'desc' : 'asc')
        .limit(page.limit)
        .execute()
      return rows.map(fromRow)
    },
  }
}

function toRow(entry: JournalEntry): Insertable<AuditTable> {
  return {
    time_ms: entry.timeMs,
    account: entry.account,
    space: entry.space,
    actor: entry.actor,
    action: entry.action,
    subject_kind: entry.subjectKind,
    subject: entry.subject,
    version: entry.version,
    detail: JSON.stringify(entry.detail),
  }
}

function fromRow(row: Selectable<AuditTable>): StoredEntry {
  return {
    number: row.id,
    timeMs: row.time_ms,
    account: row.account,
    space: row.space,
    actor: row.actor,
    action: row.action,
    subjectKind: row.subject_kind,
    subject: row.subject,
    version: row.version,
    detail: JSON.parse(row.detail) as StoredEntry['detail'],
  }
}
