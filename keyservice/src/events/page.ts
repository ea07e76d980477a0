import type { KeyEvent } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import { instant, toRecord } from '../keys/record.ts'
import type { Service } from '../service.ts'
import type { JournalFilter, JournalHead, StoredEntry } from '../store/port/journal.ts'
import { cursorText, gone, readCursor } from './cursor.ts'

/** A part of the feed, and where it ends. */
export interface EventPage {
  readonly items: KeyEvent[]
  readonly position: JournalHead
  readonly more: boolean
}

/** Where a caller begins: at his cursor if it is still served, else now. */
export async function startOf(service: Service, cursor: string | undefined): Promise<JournalHead> {
  const head = await service.store.read((tables) => tables.journal.head())
  return cursor === undefined ? head : { life: head.life, number: readCursor(cursor, head) }
}

/**
 * The changes behind a position that the caller may see, oldest first. `Gone` when the store has begun another life, or
 * when the first change behind the position is older than the feed goes back: to send months of changes is worse than to
 * list the keys once.
 */
export async function pageAfter(
  service: Service,
  caller: Caller,
  position: JournalHead,
  limit: number,
): Promise<EventPage> {
  return service.store.read(async (tables) => {
    // The head is read first: what is committed after it belongs to the next page, also for who sees little of it.
    const head = await tables.journal.head()
    if (head.life !== position.life) throw gone('comes from another life of the store')
    const forward = { descending: false, after: position.number, last: head.number }
    const [oldest] = await tables.journal.page({}, { ...forward, limit: 1 })
    const servedFromMs = service.clock() - service.rules.events.retentionSeconds * 1000
    if (oldest !== undefined && oldest.timeMs < servedFromMs) throw gone('is too old')

    const entries = await tables.journal.page(visibleTo(caller), { ...forward, limit: limit + 1 })
    const shown = entries.slice(0, limit)
    const more = entries.length > limit
    const ids = new Set(
      shown.filter(({ subjectKind }) => subjectKind === 'key').map(({ subject }) => subject),
    )
    const keys = await tables.keys.ofIds([...ids])
    const credentials = Map.groupBy(await tables.credentials.ofKeys([...ids]), ({ keyId }) => keyId)
    const nowMs = service.clock()
    const records = new Map(
      keys.map((key) => [
        key.id,
        toRecord(service.rules, key, credentials.get(key.id) ?? [], nowMs),
      ]),
    )
    return {
      items: shown.map((entry) => {
        const key = records.get(entry.subject)
        return { ...toEvent(head.life, entry), ...(key === undefined ? {} : { key }) }
      }),
      position: more ? { life: head.life, number: shown.at(-1)?.number ?? 0 } : head,
      more,
    }
  })
}

/** The entries of the journal that a caller may know of, as `maySee` would say of each. */
export function visibleTo(caller: Caller): JournalFilter {
  return {
    ...(caller.reach.kind === 'account' ? { account: caller.reach.account } : {}),
    ...(caller.space === null ? {} : { space: caller.space }),
  }
}

function toEvent(life: string, entry: StoredEntry): KeyEvent {
  return {
    cursor: cursorText({ life, number: entry.number }),
    time: instant(entry.timeMs),
    action: entry.action,
    account: entry.account,
    ...(entry.space === null ? {} : { space: entry.space }),
    subject: {
      kind: entry.subjectKind,
      id: entry.subject,
      ...(entry.subjectKind === 'key' ? { version: entry.version } : {}),
    },
  }
}
