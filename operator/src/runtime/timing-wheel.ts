/** Turns of the wheel are this many ticks: two and a quarter hours at one second each. */
const BUCKETS = 8192

type Node = {
  readonly item: string
  dueTick: number
  previous: Node | undefined
  next: Node | undefined
}

/**
 * Due times by item, for tens of thousands of them and months ahead, at a constant price per change: `setTimeout` costs ten
 * times as much and fires at once when asked to wait longer than 24.8 days.
 *
 * The wheel has no timer of its own; whoever turns it says what time it is. Items come due up to one tick late and never
 * early.
 */
export class TimingWheel {
  readonly #tickMilliseconds: number
  readonly #buckets: (Node | undefined)[] = new Array<Node | undefined>(BUCKETS).fill(undefined)
  readonly #nodes = new Map<string, Node>()
  /** All ticks up to here have been fired. */
  #firedTick: number

  /** `now` is the time of the first turn, in milliseconds on whatever clock later calls use. */
  constructor(options: { readonly now: number; readonly tickMilliseconds?: number }) {
    this.#tickMilliseconds = options.tickMilliseconds ?? 1_000
    this.#firedTick = Math.floor(options.now / this.#tickMilliseconds)
  }

  get size(): number {
    return this.#nodes.size
  }

  /** When the item is due, in milliseconds (rounded up to a tick), if it is. */
  dueAt(item: string): number | undefined {
    const node = this.#nodes.get(item)
    return node === undefined ? undefined : node.dueTick * this.#tickMilliseconds
  }

  /** Sets or moves the item's due time; what is past is due with the next tick. */
  schedule(item: string, atMilliseconds: number): void {
    const tick = Math.ceil(atMilliseconds / this.#tickMilliseconds)
    const dueTick = Math.max(tick, this.#firedTick + 1)
    const known = this.#nodes.get(item)
    if (known === undefined) {
      const node: Node = { item, dueTick, previous: undefined, next: undefined }
      this.#nodes.set(item, node)
      this.#link(node)
    } else if (known.dueTick !== dueTick) {
      this.#unlink(known)
      known.dueTick = dueTick
      this.#link(known)
    }
  }

  /** Forgets the item's due time; true if it had one. */
  cancel(item: string): boolean {
    const node = this.#nodes.get(item)
    if (node === undefined) return false
    this.#nodes.delete(item)
    this.#unlink(node)
    return true
  }

  /**
   * Turns the wheel to `now` and hands out what has come due, in no particular order within a tick. After a pause (of the
   * process, of the machine) it catches up in at most one turn. Time that goes back fires nothing.
   */
  turn(now: number, fire: (item: string) => void): void {
    const tick = Math.floor(now / this.#tickMilliseconds)
    if (tick <= this.#firedTick) return
    const first = Math.max(this.#firedTick + 1, tick - BUCKETS + 1)
    this.#firedTick = tick
    for (let at = first; at <= tick; at += 1) this.#fireBucket(at % BUCKETS, tick, fire)
  }

  #fireBucket(index: number, tick: number, fire: (item: string) => void): void {
    let node = this.#buckets[index]
    const due: string[] = []
    while (node !== undefined) {
      const next = node.next
      if (node.dueTick <= tick) {
        this.#unlink(node)
        this.#nodes.delete(node.item)
        due.push(node.item)
      }
      node = next
    }
    // Only now: the receiver may schedule and cancel.
    for (const item of due) fire(item)
  }

  #link(node: Node): void {
    const index = node.dueTick % BUCKETS
    const head = this.#buckets[index]
    node.previous = undefined
    node.next = head
    if (head !== undefined) head.previous = node
    this.#buckets[index] = node
  }

  #unlink(node: Node): void {
    if (node.previous === undefined) this.#buckets[node.dueTick % BUCKETS] = node.next
    else node.previous.next = node.next
    if (node.next !== undefined) node.next.previous = node.previous
  }
}
