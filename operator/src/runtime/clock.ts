/** A pending callback. Cancelling it twice, or after it fired, does nothing. */
export type Timer = { readonly cancel: () => void }

/**
 * Time as the runtime sees it, handed in so that tests decide how it passes.
 *
 * `now` is the wall clock (milliseconds since 1970, may jump), for instants that people or other machines read.
 * `monotonic` (milliseconds from an arbitrary start) never goes back: for every deadline and every measured duration.
 */
export type Clock = {
  readonly now: () => number
  readonly monotonic: () => number
  /** Calls `fire` once, `delayMilliseconds` from now, never synchronously. At most 24 days: see `timing-wheel.ts`. */
  readonly setTimer: (delayMilliseconds: number, fire: () => void) => Timer
}

/** The machine's clock. Its timers do not keep the process alive: what must be awaited, is awaited. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimer: (delayMilliseconds, fire) => {
      const handle = setTimeout(fire, delayMilliseconds)
      handle.unref()
      return { cancel: () => clearTimeout(handle) }
    },
  }
}

/** Resolves after the delay, or at once when the signal fires: callers look at the signal afterwards. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve()
      return
    }
    const finish = () => {
      timer.cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = clock.setTimer(milliseconds, finish)
    signal?.addEventListener('abort', finish)
  })
}
