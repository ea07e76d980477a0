/** Counts how often a service failed again soon after it had been found in order. */
export interface Relapses {
  /** A failure: for how many milliseconds the service is left alone before it is looked at. */
  readonly pause: () => number
}

const firstMilliseconds = 1_000
const longestMilliseconds = 300_000

/**
 * A service can answer who we are and refuse everything else. Looked at, it seems well, and all its ApiKeys try again: so
 * the first failure is looked into at once, since a new credential may lie ready, and each that follows waits twice as
 * long. `now` is monotonic.
 */
export function createRelapses(now: () => number): Relapses {
  let count = 0
  let last = Number.NEGATIVE_INFINITY
  return {
    pause() {
      count = now() - last < 2 * longestMilliseconds ? count + 1 : 0
      last = now()
      if (count === 0) return 0
      return Math.min(longestMilliseconds, firstMilliseconds * 2 ** (count - 1))
    },
  }
}
