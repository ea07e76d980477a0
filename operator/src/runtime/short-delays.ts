import type { Clock, Timer } from './clock.ts'

type Delay = { readonly item: string; readonly at: number; cancelled: boolean }

/**
 * Delays of a second or two, to the millisecond, behind a single timer (a binary heap). One delay per item: setting it
 * again replaces it. What is cancelled leaves the heap when its time comes, which is soon.
 */
export class ShortDelays {
  readonly #clock: Clock
  readonly #fire: (item: string) => void
  readonly #heap: Delay[] = []
  readonly #delays = new Map<string, Delay>()
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY

  constructor(options: { readonly clock: Clock; readonly fire: (item: string) => void }) {
    this.#clock = options.clock
    this.#fire = options.fire
  }

  get size(): number {
    return this.#delays.size
  }

  /** Milliseconds until the item is due, if it is. */
  dueIn(item: string): number | undefined {
    const delay = this.#delays.get(item)
    return delay === undefined ? undefined : Math.max(0, delay.at - this.#clock.monotonic())
  }

  schedule(item: string, delayMilliseconds: number): void {
    this.cancel(item)
    const delay = { item, at: this.#clock.monotonic() + delayMilliseconds, cancelled: false }
    this.#delays.set(item, delay)
    this.#push(delay)
    this.#arm()
  }

  /** True if the item had a delay. */
  cancel(item: string): boolean {
    const delay = this.#delays.get(item)
    if (delay === undefined) return false
    delay.cancelled = true
    this.#delays.delete(item)
    return true
  }

  #arm(): void {
    const head = this.#heap[0]
    if (head === undefined || head.at >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = head.at
    this.#timer = this.#clock.setTimer(Math.max(0, head.at - this.#clock.monotonic()), () => {
      this.#timerAt = Number.POSITIVE_INFINITY
      this.#fireDue()
      this.#arm()
    })
  }

  #fireDue(): void {
    const now = this.#clock.monotonic()
    for (let head = this.#heap[0]; head !== undefined && head.at <= now; head = this.#heap[0]) {
      this.#pop()
      if (head.cancelled) continue
      this.#delays.delete(head.item)
      this.#fire(head.item)
    }
  }

  #push(delay: Delay): void {
    const heap = this.#heap
    let hole = heap.length
    heap.push(delay)
    while (hole > 0) {
      const parentIndex = (hole - 1) >> 1
      const parent = heap[parentIndex]
      if (parent === undefined || parent.at <= delay.at) break
      heap[hole] = parent
      hole = parentIndex
    }
    heap[hole] = delay
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let hole = 0
    for (;;) {
      const left = heap[2 * hole + 1]
      const right = heap[2 * hole + 2]
      if (left === undefined) break
      const smaller = right !== undefined && right.at < left.at ? right : left
      if (smaller.at >= last.at) break
      heap[hole] = smaller
      hole = 2 * hole + (smaller === right ? 2 : 1)
    }
    heap[hole] = last
  }
}
