import type { EventLine } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import { instant } from '../keys/record.ts'
import type { Service } from '../service.ts'
import { cursorText } from './cursor.ts'
import { pageAfter, startOf } from './page.ts'

/** Who watches, from where, and until when. */
export interface Watch {
  /** Who it is at this moment: throws once his credential no longer works. */
  readonly caller: () => Promise<Caller>
  readonly cursor?: string | undefined
  /** Changes that are read at once. */
  readonly limit: number
  readonly signal: AbortSignal
}

/**
 * Follows the feed: the changes behind the cursor, then each new one within a second, and a bookmark whenever it has been
 * quiet. The caller is read again after every look at the journal and before anything of it is sent: a revocation closes
 * the stream, and what was committed after it is never sent. The refusals of the first look are thrown by this call,
 * those of later ones by the lines.
 */
export async function watchEvents(
  service: Service,
  watch: Watch,
): Promise<AsyncGenerator<EventLine>> {
  const caller = await watch.caller()
  requireRight(caller, 'readApiKeys')
  const start = await startOf(service, watch.cursor)
  const first = await pageAfter(service, caller, start, watch.limit)
  return lines(service, watch, caller, first)
}

async function* lines(
  service: Service,
  watch: Watch,
  first: Caller,
  firstPage: Awaited<ReturnType<typeof pageAfter>>,
): AsyncGenerator<EventLine> {
  let caller = first
  let page = firstPage
  let sentMs = 0
  const heartbeatMs = service.rules.events.heartbeatSeconds * 1000
  for (;;) {
    for (const event of page.items) yield { type: 'Event', event }
    const nowMs = performance.now()
    if (page.items.length > 0) sentMs = nowMs
    if (!page.more && (sentMs === 0 || nowMs - sentMs >= heartbeatMs)) {
      yield bookmark(service, page)
      sentMs = nowMs
    }
    if (!page.more) {
      const quietMs = Math.max(1, heartbeatMs - (performance.now() - sentMs))
      await service.feed.beyond(page.position, quietMs, watch.signal)
    }
    if (watch.signal.aborted || service.feed.ended) return
    page = await pageAfter(service, caller, page.position, watch.limit)
    caller = await watch.caller()
    requireRight(caller, 'readApiKeys')
  }
}

function bookmark(
  service: Service,
  { position }: Pick<Awaited<ReturnType<typeof pageAfter>>, 'position'>,
): EventLine {
  return { type: 'Bookmark', cursor: cursorText(position), time: instant(service.clock()) }
}
