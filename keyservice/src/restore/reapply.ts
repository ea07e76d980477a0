import { type AuditEntry, KeyError } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import type { Service } from '../service.ts'
import type { StoredLife } from '../store/port/life.ts'
import type { Tables } from '../store/port.ts'
import { applyEntry } from './apply-entry.ts'
import { beginNewLife, markNewLife, requireRestored } from './release.ts'

/** What came of it. */
export interface Reapplied {
  readonly life: string
  /** Entries that came after the backup. */
  readonly entries: number
}

/**
 * Does again what ended or narrowed something after the backup, as an export of the audit trail tells it, and lets the
 * store verify again: all in one transaction. The export must go back to the last entry that the backup has, which
 * proves that nothing is missing in between; nobody can prove that it goes on to the end, so take the newest there is.
 */
export async function reapply(
  service: Service,
  caller: Caller,
  entries: readonly AuditEntry[],
): Promise<Reapplied> {
  const done = await service.store.write(async (tables) => {
    const stored = await requireRestored(tables, caller)
    const { number } = stored.restored
    await requireJoin(tables, stored, entries)
    const later = entries.filter((entry) => entry.number > number)
    for (const entry of later) await applyEntry(service, tables, entry)
    const detail = { entries: later.length, life: stored.life, after: number }
    return { life: await beginNewLife(service, tables, caller, detail), entries: later.length }
  })
  await markNewLife(service)
  return done
}

async function requireJoin(
  tables: Tables,
  { restored }: { readonly restored: NonNullable<StoredLife['restored']> },
  entries: readonly AuditEntry[],
): Promise<void> {
  const { number } = restored
  const [last] = await tables.journal.page({}, { descending: true, last: number, limit: 1 })
  const same = entries.find((entry) => entry.number === last?.number)
  const ordered = entries.every((entry, index) => entry.number > (entries[index - 1]?.number ?? -1))
  const joins =
    last === undefined ||
    (same?.action === last.action &&
      same.account === last.account &&
      Date.parse(same.time) === last.timeMs)
  if (joins && ordered) return
  throw new KeyError(
    'Invalid',
    `The export must go on from what the backup has: export with after=${number - 1} or less, whole and in order`,
    { issues: [{ path: 'entries', message: `must begin at entry ${number} or before` }] },
  )
}
