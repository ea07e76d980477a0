import type { Clock } from './clock.ts'

/** Permits that refill evenly up to a burst: for what may be left out when there is too much of it. */
export class TokenBucket {
  readonly #clock: Clock
  readonly #burst: number
  readonly #perSecond: number
  #tokens: number
  #refilledAt: number

  constructor(options: {
    readonly clock: Clock
    readonly burst: number
    readonly perSecond: number
  }) {
    this.#clock = options.clock
    this.#burst = options.burst
    this.#perSecond = options.perSecond
    this.#tokens = options.burst
    this.#refilledAt = options.clock.monotonic()
  }

  /** Takes a permit; false if there is none now. */
  take(): boolean {
    const now = this.#clock.monotonic()
    const refill = ((now - this.#refilledAt) / 1000) * this.#perSecond
    this.#tokens = Math.min(this.#burst, this.#tokens + refill)
    this.#refilledAt = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
