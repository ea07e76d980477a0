import { type ChangeFeed, type FeedEvent, KeyError } from '@latchkey/core'
import { type Clock, sleep } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { KeyView } from './key-view.ts'

/** A feed that is being followed into a view. */
export interface FollowedFeed {
  /** False when it can no longer go on without a complete list: its cursor is not served any more. */
  readonly lives: () => boolean
  /** Why it has told nothing for a while, although it is tried on and on; undefined while it works. */
  readonly trouble: () => KeyError | undefined
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
  /** The feed lives no more, is in trouble, or out of it again: what to rely on has to be decided anew. */
  readonly onTurn: () => void
}

const pauseMilliseconds = { first: 500, longest: 30_000 }

/** So many tries in a row that told nothing are trouble: about ten seconds, which a restart of the service takes. */
const silentTriesUntilTrouble = 5

/**
 * Follows the change feed of a service into the view: a key that is revoked, renamed or published there is noticed within
 * a second, and keys at rest cost nothing. A broken stream is taken up again at its last cursor, for ever.
 */
export function followFeed(options: FollowOptions): FollowedFeed {
  const abort = new AbortController()
  let gone = false
  let silentTries = 0
  let trouble: KeyError | undefined

  async function follow(): Promise<void> {
    let { cursor } = options
    let pause = pauseMilliseconds.first
    while (!abort.signal.aborted) {
      let failure: unknown
      try {
        for await (const event of options.feed.follow(cursor, abort.signal, options.view.knows)) {
          cursor = event.cursor
          pause = pauseMilliseconds.first
          heard()
          take(event)
        }
      } catch (error) {
        if (error instanceof KeyError && error.reason === 'Gone') {
          gone = true
          options.onTurn()
          return
        }
        failure = error
      }
      if (abort.signal.aborted) return
      silent(toKeyError(failure))
      await sleep(options.clock, pause * (0.5 + Math.random() / 2), abort.signal)
      pause = Math.min(pause * 2, pauseMilliseconds.longest)
    }
  }

  function heard(): void {
    silentTries = 0
    if (trouble === undefined) return
    trouble = undefined
    options.onTurn()
  }

  function silent(failure: KeyError): void {
    options.log.debug({ reason: failure.reason }, 'The change feed broke')
    silentTries += 1
    if (silentTries !== silentTriesUntilTrouble) return
    trouble = failure
    options.onTurn()
  }

  function take(event: FeedEvent): void {
    if (event.kind === 'bookmark') return
    const uid =
      event.record === undefined ? options.view.forget(event.keyId) : options.view.put(event.record)
    if (uid !== undefined) options.onChanged(uid)
  }

  void follow()
  return { lives: () => !gone, trouble: () => trouble, stop: () => abort.abort() }
}

/** What ended a stream, in words for a person. */
function toKeyError(failure: unknown): KeyError {
  if (failure instanceof KeyError) return failure
  const [reason, message] =
    failure === undefined
      ? (['ServiceUnavailable', 'Its change feed ends without telling anything'] as const)
      : failure instanceof SyntaxError
        ? (['ServiceUnavailable', 'Its change feed sends something else than changes'] as const)
        : (['ServiceUnreachable', 'The connection to its change feed breaks'] as const)
  return new KeyError(reason, message, { cause: failure })
}
