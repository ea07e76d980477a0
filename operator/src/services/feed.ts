import { type ChangeFeed, type FeedEvent, KeyError } from '@latchkey/core'
import { type Clock, sleep } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { KeyView } from './key-view.ts'

/** A feed that is being followed into a view. */
export interface FollowedFeed {
  /** False when it can no longer go on without a complete list: its cursor is not served any more. */
  readonly lives: () => boolean
  readonly stop: () => void
}

/** What following needs. */
export interface FollowOptions {
  readonly feed: ChangeFeed
  /** Taken before the complete list was read, so that nothing falls between the two. */
  readonly cursor: string
  readonly view: KeyView
  readonly clock: Clock
  readonly log: Log
  /** The keys of this ApiKey changed at the service. */
  readonly onChanged: (uid: string) => void
  /** The feed cannot go on: a complete list is needed. */
  readonly onGone: () => void
}

const pauseMilliseconds = { first: 500, longest: 30_000 }

/**
 * Follows the change feed of a service into the view: a key that is revoked, renamed or published there is noticed within
 * a second, and keys at rest cost nothing. A broken stream is taken up again at its last cursor, for ever.
 */
export function followFeed(options: FollowOptions): FollowedFeed {
  const abort = new AbortController()
  let gone = false

  async function follow(): Promise<void> {
    let { cursor } = options
    let pause = pauseMilliseconds.first
    while (!abort.signal.aborted) {
      try {
        for await (const event of options.feed.follow(cursor, abort.signal)) {
          cursor = event.cursor
          pause = pauseMilliseconds.first
          take(event)
        }
      } catch (error) {
        if (error instanceof KeyError && error.reason === 'Gone') {
          gone = true
          options.onGone()
          return
        }
        const reason = error instanceof KeyError ? error.reason : 'ServiceUnreachable'
        if (!abort.signal.aborted) options.log.debug({ reason }, 'The change feed broke')
      }
      await sleep(options.clock, pause * (0.5 + Math.random() / 2), abort.signal)
      pause = Math.min(pause * 2, pauseMilliseconds.longest)
    }
  }

  function take(event: FeedEvent): void {
    if (event.kind === 'bookmark') return
    const uid =
      event.record === undefined ? options.view.forget(event.keyId) : options.view.put(event.record)
    if (uid !== undefined) options.onChanged(uid)
  }

  void follow()
  return { lives: () => !gone, stop: () => abort.abort() }
}
