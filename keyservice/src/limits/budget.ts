import type { Store } from '../store/port.ts'

/** One window of one limit. */
export interface RateWindow {
  readonly name: string
  readonly startMs: number
  /** Requests in the window. */
  readonly limit: number
}

/** What was taken out of a window. */
export interface Leased {
  /** At most what was wanted; 0 when the window is used up. */
  readonly granted: number
  /** What everybody has taken by now, this included. */
  readonly used: number
}

/** What windows have, for all who count against it. */
export interface Budget {
  lease(window: RateWindow, wanted: number): Promise<Leased>
}

/** For one process alone: every window is all its own. */
export function ownBudget(): Budget {
  return { lease: async ({ limit }) => ({ granted: limit, used: limit }) }
}

/** For all replicas on one store together. What a replica took and did not need is lost until the next window. */
export function sharedBudget(store: Store): Budget {
  return {
    async lease(window, wanted) {
      const asked = await store.write((tables) => tables.rates.add(window, wanted))
      const granted = Math.max(0, Math.min(wanted, window.limit - (asked - wanted)))
      return { granted, used: Math.min(asked, window.limit) }
    },
  }
}
