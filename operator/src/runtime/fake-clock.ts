import type { Clock } from './clock.ts'

/** A clock that stands still until a test moves it. */
export type FakeClock = Clock & {
  /**
   * Moves time forward, firing every timer on the way at its own instant, in order, and letting promises settle
   * after each, so that a timer set by a fired timer's continuation still counts.
   */
  readonly advance: (milliseconds: number) => Promise<void>
  /** Moves the wall clock alone, as a time server or an administrator does. */
  readonly stepWallClock: (milliseconds: number) => void
  /** How many timers wait. */
  readonly pendingTimers: () => number
}

/** A fake clock for tests, starting at the given wall time (milliseconds since 1970). */
export function createFakeClock(startMilliseconds = Date.UTC(2026, 0, 1)): FakeClock {
  const timers = new Set<{ readonly at: number; readonly fire: () => void }>()
  let elapsed = 0
  let wallOffset = startMilliseconds

  const earliest = () => {
    let first: { readonly at: number; readonly fire: () => void } | undefined
    for (const timer of timers) if (first === undefined || timer.at < first.at) first = timer
    return first
  }

  return {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    setTimer: (delayMilliseconds, fire) => {
      const timer = { at: elapsed + Math.max(0, delayMilliseconds), fire }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    advance: async (milliseconds) => {
      const end = elapsed + milliseconds
      await settle()
      for (let next = earliest(); next !== undefined && next.at <= end; next = earliest()) {
        elapsed = Math.max(elapsed, next.at)
        timers.delete(next)
        next.fire()
        await settle()
      }
      elapsed = end
    },
    stepWallClock: (milliseconds) => {
      wallOffset += milliseconds
    },
    pendingTimers: () => timers.size,
  }
}

/** Lets every promise that can settle without input or output do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
