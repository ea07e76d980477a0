import { ApiError } from './api-error.ts'
import type { KubeClient, WatchOptions } from './client.ts'
import type { Clock, Timer } from './clock.ts'
import { LineSplitter } from './line-splitter.ts'
import { headOfChange, type MetadataHead } from './metadata-head.ts'
import type { KubeObject, Resource } from './resource.ts'

/** One event of a watch. A bookmark's object carries a resourceVersion and perhaps annotations. */
export type WatchEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: KubeObject
}

/** How a watch came to its end. */
export type WatchEnd =
  /** In order: the server's time was up, or it is shutting down. */
  | { readonly kind: 'ended' }
  /** The resourceVersion is too old: read everything again. */
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'failed'
      readonly reason: string
      readonly error: unknown
      readonly retryAfterSeconds?: number | undefined
    }

/** Bookmarks come about once a minute, so silence for longer means a dead connection that nobody has noticed. */
const WATCHDOG_MILLISECONDS = 90_000

/**
 * Opens one watch and hands on its events until it ends, breaks, or has been silent for 90 s. Never rejects. `onEvent` is
 * called outside of any error handling of the parser and must not throw. `passOver` sees the head of each change that has
 * one; what it answers for is not parsed and not handed on.
 */
export async function readWatch(parts: {
  readonly client: Pick<KubeClient, 'watch'>
  readonly resource: Resource
  readonly options: Omit<WatchOptions, 'signal'>
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onBytes: () => void
  readonly passOver?: ((head: MetadataHead) => boolean) | undefined
  readonly onEvent: (event: WatchEvent) => void
}): Promise<WatchEnd> {
  const { clock, signal, passOver } = parts
  const connection = new AbortController()
  let end: WatchEnd | undefined
  const finish = (reached: WatchEnd) => {
    end ??= reached
    connection.abort()
  }

  const splitter = new LineSplitter((line) => {
    if (end !== undefined) return
    const head = passOver && headOfChange(line)
    if (head !== undefined && passOver?.(head)) return
    const event = parseEvent(line)
    if (event === undefined) finish({ kind: 'failed', reason: 'TornLine', error: undefined })
    else if (event.type === 'ERROR') finish(endOfStatus(event.object))
    else parts.onEvent(event)
  })
  const watchdog = startWatchdog(clock, () => {
    finish({ kind: 'failed', reason: 'Silent', error: undefined })
  })
  const stop = () => finish({ kind: 'ended' })
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()

  try {
    await parts.client.watch(
      parts.resource,
      { ...parts.options, signal: connection.signal },
      (chunk) => {
        watchdog.feed()
        parts.onBytes()
        try {
          splitter.push(chunk)
        } catch (error) {
          finish({ kind: 'failed', reason: 'Unreadable', error })
        }
      },
    )
  } catch (error) {
    end ??= endOfError(error)
  } finally {
    watchdog.stop()
    signal.removeEventListener('abort', stop)
  }
  return end ?? { kind: 'ended' }
}

type RawEvent =
  | WatchEvent
  | {
      readonly type: 'ERROR'
      readonly object: {
        readonly code?: number
        readonly reason?: string
        readonly message?: string
        readonly details?: { readonly retryAfterSeconds?: number }
      }
    }

function parseEvent(line: string): RawEvent | undefined {
  try {
    const event = JSON.parse(line) as RawEvent
    return typeof event.type === 'string' && typeof event.object === 'object' ? event : undefined
  } catch {
    return undefined
  }
}

function endOfStatus(status: Extract<RawEvent, { type: 'ERROR' }>['object']): WatchEnd {
  if (status.code === 410) return { kind: 'gone' }
  const retryAfterSeconds = status.details?.retryAfterSeconds
  const reason = status.reason ?? 'Unknown'
  return { kind: 'failed', reason, error: new Error(status.message ?? reason), retryAfterSeconds }
}

function endOfError(error: unknown): WatchEnd {
  if (!(error instanceof ApiError)) return { kind: 'failed', reason: 'Unknown', error }
  if (error.status === 410) return { kind: 'gone' }
  return { kind: 'failed', reason: error.reason, error, retryAfterSeconds: error.retryAfterSeconds }
}

/** One timer for the life of the stream: feeding it is an assignment, since it happens for every chunk. */
function startWatchdog(clock: Clock, bark: () => void) {
  let fedAt = clock.monotonic()
  let timer: Timer
  const sleepUntil = (at: number) => {
    timer = clock.setTimer(at - clock.monotonic(), () => {
      const due = fedAt + WATCHDOG_MILLISECONDS
      if (clock.monotonic() >= due) bark()
      else sleepUntil(due)
    })
  }
  sleepUntil(fedAt + WATCHDOG_MILLISECONDS)
  return {
    feed: () => {
      fedAt = clock.monotonic()
    },
    stop: () => timer.cancel(),
  }
}
