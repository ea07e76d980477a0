import type { AuditEntry, auditFilter, auditListBody, auditQuery } from '@latchkey/core'
import type { z } from 'zod'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import { visibleTo } from '../events/page.ts'
import { instant } from '../keys/record.ts'
import type { Service } from '../service.ts'
import type { JournalFilter, StoredEntry } from '../store/port/journal.ts'

/** One page of the audit trail of the caller's account. What is written meanwhile neither hides nor repeats entries. */
export async function listAudit(
  service: Service,
  caller: Caller,
  query: z.infer<typeof auditQuery>,
): Promise<z.infer<typeof auditListBody>> {
  requireRight(caller, 'readAudit')
  const after = query.cursor === undefined ? undefined : Number(query.cursor)
  const entries = await service.store.read((tables) =>
    tables.journal.page(filterOf(caller, query), {
      descending: query.order === 'newest',
      limit: query.limit + 1,
      ...(after === undefined ? {} : { after }),
    }),
  )
  const shown = entries.slice(0, query.limit)
  const last = shown.at(-1)
  return {
    items: shown.map(toAuditEntry),
    ...(entries.length > query.limit && last !== undefined ? { nextCursor: `${last.number}` } : {}),
  }
}

/** The conditions of a query, within what the caller may know of. */
export function filterOf(caller: Caller, query: z.infer<typeof auditFilter>): JournalFilter {
  const { actor, action, subject, from, until } = query
  return {
    ...visibleTo(caller),
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(subject === undefined ? {} : { subject }),
    ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
    ...(until === undefined ? {} : { untilMs: Date.parse(until) }),
  }
}

/** An entry as it is read. */
export function toAuditEntry(entry: StoredEntry): AuditEntry {
  return {
    number: entry.number,
    time: instant(entry.timeMs),
    account: entry.account,
    ...(entry.space === null ? {} : { space: entry.space }),
    actor: entry.actor,
    action: entry.action,
    subject: {
      kind: entry.subjectKind,
      id: entry.subject,
      ...(entry.subjectKind === 'key' ? { version: entry.version } : {}),
    },
    detail: { ...entry.detail },
  }
}
