import type { Action } from '@latchkey/core'

/** Remembers what had to be done to an ApiKey again and again of late. */
export interface Repeats {
  /** For how many milliseconds this action has to wait, since it did not last so often; 0 when it may be done now. */
  readonly wait: (uid: string, action: Action) => number
  /** The action was done. */
  readonly done: (uid: string, action: Action) => void
}

/** A person who tries things out is put right at once. */
const timesAtOnce = 5
const firstMilliseconds = 1_000
const longestMilliseconds = 300_000
/** What lasted for so long was no fight. */
const forgottenMilliseconds = 2 * longestMilliseconds

interface Repeat {
  readonly what: string
  readonly times: number
  readonly lastMilliseconds: number
}

/**
 * Keeps us from fighting without end. A service that does not keep a change, somebody who revokes every new key, another
 * controller that writes our Secret: each of them wakes us with the news that what we just did is undone, and without
 * this we would do it again at once, with a mint each time. `now` is monotonic.
 */
export function createRepeats(now: () => number): Repeats {
  // In the order of their last time, so that the forgotten ones come first.
  const repeats = new Map<string, Repeat>()

  function recent(uid: string, what: string | undefined): Repeat | undefined {
    const repeat = repeats.get(uid)
    const fresh = repeat !== undefined && now() - repeat.lastMilliseconds < forgottenMilliseconds
    return fresh && repeat.what === what ? repeat : undefined
  }

  return {
    wait(uid, action) {
      const repeat = recent(uid, nameOf(action))
      if (repeat === undefined || repeat.times < timesAtOnce) return 0
      const pause = firstMilliseconds * 2 ** (repeat.times - timesAtOnce)
      const due = repeat.lastMilliseconds + Math.min(pause, longestMilliseconds)
      return Math.max(0, due - now())
    },
    done(uid, action) {
      const what = nameOf(action)
      if (what === undefined) return
      const times = 1 + (recent(uid, what)?.times ?? 0)
      repeats.delete(uid)
      repeats.set(uid, { what, times, lastMilliseconds: now() })
      for (const [other, { lastMilliseconds }] of repeats) {
        if (now() - lastMilliseconds < forgottenMilliseconds) break
        repeats.delete(other)
      }
    },
  }
}

/** What makes two actions the same; undefined for those that nobody can undo in a circle. */
function nameOf(action: Action): string | undefined {
  switch (action.kind) {
    case 'update':
      return `update ${action.keyId} ${JSON.stringify(action.change)}`
    case 'dressSecret':
      return 'dressSecret'
    case 'issue':
      return action.reason === 'Reissued' || action.reason === 'KeyLeaked' ? 'issue' : undefined
    default:
      return undefined
  }
}
