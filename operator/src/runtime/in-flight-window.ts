// How many calls may be under way at once. The API server sheds load with 429; a fixed client-side rate would be wrong
// in both directions, so the window halves on a 429 and grows by one per round of successes.

import type { Clock } from './clock.ts'

/** Where the window starts and between what it moves. */
export type InFlightWindowOptions = {
  readonly clock: Clock
  /** The most calls ever under way at once. */
  readonly maximum?: number
  /** The least: below one nothing would ever be tried again. */
  readonly minimum?: number
}

/** A permit counter that follows what the server bears. */
export class InFlightWindow {
  readonly #clock: Clock
  readonly #maximum: number
  readonly #minimum: number
  readonly #waiting: (() => void)[] = []
  #size: number
  #inFlight = 0
  #closedUntil = 0
  #reopening = false

  constructor({ clock, maximum = 64, minimum = 1 }: InFlightWindowOptions) {
    this.#clock = clock
    this.#maximum = maximum
    this.#minimum = minimum
    this.#size = maximum
  }

  /** Calls that may be under way now. */
  get size(): number {
    return Math.floor(this.#size)
  }

  /** Takes a permit: undefined if there was one, else a promise for it, in order of asking. Always `leave` afterwards. */
  enter(): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#mayPass()) {
      this.#inFlight += 1
      return undefined
    }
    const permit = new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
    })
    this.#admit()
    return permit
  }

  /** Gives the permit back after an answer that was no 429, or after none. */
  leave(): void {
    if (this.#size < this.#maximum) {
      this.#size = Math.min(this.#maximum, this.#size + 1 / this.#size)
    }
    this.#inFlight -= 1
    this.#admit()
  }

  /** Gives the permit back after a 429: halves the window and lets nobody in for the time the server asked for. */
  refused(retryAfterSeconds: number): void {
    const now = this.#clock.monotonic()
    // The other calls of the same burst are refused for the same reason: they count once.
    if (now >= this.#closedUntil) this.#size = Math.max(this.#minimum, this.#size / 2)
    this.#closedUntil = Math.max(this.#closedUntil, now + retryAfterSeconds * 1000)
    this.#inFlight -= 1
    this.#admit()
  }

  #mayPass(): boolean {
    return this.#inFlight < this.size && this.#clock.monotonic() >= this.#closedUntil
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#mayPass()) {
      this.#inFlight += 1
      this.#waiting.shift()?.()
    }
    const closedFor = this.#closedUntil - this.#clock.monotonic()
    if (this.#waiting.length === 0 || closedFor <= 0 || this.#reopening) return
    this.#reopening = true
    this.#clock.setTimer(closedFor, () => {
      this.#reopening = false
      this.#admit()
    })
  }
}
