import type { Budget } from './budget.ts'

// Requests are counted in windows of fixed length. What is left of a window is taken from the budget in slices, each an
// eighth of what is left, so that a request seldom waits for the store, and the last ones are still given out one by one.

/** So many requests in so long a time. */
export interface RateLimit {
  readonly requests: number
  readonly windowSeconds: number
}

/** Where somebody stands with a limit, after a request was counted or refused. */
export interface Rate {
  readonly allowed: boolean
  readonly limit: number
  /** What is left of this window; with several replicas, as far as this one knows. */
  readonly remaining: number
  /** When the next window begins. */
  readonly resetMs: number
}

export interface Limiter {
  /** Counts one request of this name, if there is room. */
  take(name: string, limit: RateLimit, nowMs: number): Promise<Rate>
  /** Takes the count of one request back: another limit refused it. */
  giveBack(name: string): void
}

interface Slice {
  readonly startMs: number
  readonly endMs: number
  /** Ours, not yet given out. */
  left: number
  /** Given out or leased by anybody. */
  used: number
  leasing: Promise<void> | undefined
}

const share = 8
const kept = 10_000

/** Counts against a budget. Never more than the limit is given out in a window, by all who share the budget together. */
export function limiter(budget: Budget): Limiter {
  const slices = new Map<string, Slice>()

  const sliceOf = (name: string, limit: RateLimit, nowMs: number): Slice => {
    const known = slices.get(name)
    if (known !== undefined && nowMs < known.endMs) return known
    if (slices.size >= kept) forgetEnded(slices, nowMs)
    const windowMs = limit.windowSeconds * 1000
    const startMs = nowMs - (nowMs % windowMs)
    const fresh = { startMs, endMs: startMs + windowMs, left: 0, used: 0, leasing: undefined }
    slices.set(name, fresh)
    return fresh
  }
  const lease = async (name: string, slice: Slice, { requests }: RateLimit) => {
    const wanted = Math.max(1, Math.ceil((requests - slice.used) / share))
    const leased = await budget.lease({ name, startMs: slice.startMs, limit: requests }, wanted)
    slice.left += leased.granted
    slice.used = leased.used
  }

  return {
    async take(name, limit, nowMs) {
      const slice = sliceOf(name, limit, nowMs)
      while (slice.left === 0 && slice.used < limit.requests) {
        // Who comes while a slice is on its way waits for that one.
        slice.leasing ??= lease(name, slice, limit).finally(() => {
          slice.leasing = undefined
        })
        await slice.leasing
      }
      const allowed = slice.left > 0
      if (allowed) slice.left--
      const remaining = Math.max(0, limit.requests - slice.used) + slice.left
      return { allowed, limit: limit.requests, remaining, resetMs: slice.endMs }
    },
    giveBack(name) {
      const slice = slices.get(name)
      if (slice !== undefined) slice.left++
    },
  }
}

function forgetEnded(slices: Map<string, Slice>, nowMs: number): void {
  for (const [name, { endMs }] of slices) if (endMs <= nowMs) slices.delete(name)
}
