// When items come back into the queue by themselves: retries within seconds to the millisecond, everything later with a
// timing wheel.

import type { Clock, Timer } from './clock.ts'
import { ShortDelays } from './short-delays.ts'
import { TimingWheel } from './timing-wheel.ts'

const TICK_MILLISECONDS = 1_000
/** Below this, a tick of the wheel would be a large part of the delay. */
const SHORT_MILLISECONDS = 2_000

/**
 * One due time per item; setting it again replaces it. Long delays follow the wall clock, since that is what dates mean:
 * they hold across a suspended machine and a corrected clock. Short ones follow the monotonic clock.
 */
export class Schedule {
  readonly #clock: Clock
  readonly #fire: (item: string) => void
  readonly #short: ShortDelays
  readonly #wheel: TimingWheel
  #timer: Timer | undefined

  /** `fire` is called once per due item, which is no longer scheduled then. */
  constructor(options: { readonly clock: Clock; readonly fire: (item: string) => void }) {
    this.#clock = options.clock
    this.#fire = options.fire
    this.#short = new ShortDelays(options)
    this.#wheel = new TimingWheel({ now: options.clock.now(), tickMilliseconds: TICK_MILLISECONDS })
  }

  /** Items that have a due time. */
  get size(): number {
    return this.#short.size + this.#wheel.size
  }

  /** Milliseconds until the item is due, if it is. */
  dueIn(item: string): number | undefined {
    const at = this.#wheel.dueAt(item)
    return at === undefined ? this.#short.dueIn(item) : Math.max(0, at - this.#clock.now())
  }

  /** Sets the item's due time. */
  set(item: string, delayMilliseconds: number): void {
    if (delayMilliseconds < SHORT_MILLISECONDS) {
      this.#wheel.cancel(item)
      this.#short.schedule(item, delayMilliseconds)
      return
    }
    this.#short.cancel(item)
    this.#wheel.schedule(item, this.#clock.now() + delayMilliseconds)
    this.#arm()
  }

  /** Forgets the item's due time. */
  cancel(item: string): void {
    if (!this.#wheel.cancel(item)) this.#short.cancel(item)
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#wheel.size === 0) return
    const delay = TICK_MILLISECONDS - (this.#clock.now() % TICK_MILLISECONDS)
    this.#timer = this.#clock.setTimer(delay, () => {
      this.#timer = undefined
      this.#wheel.turn(this.#clock.now(), this.#fire)
      this.#arm()
    })
  }
}
