// What waits to be reconciled. An item is a name, so a hundred changes of one object are one item, and the reconcile that
// comes reads the newest state.

/** Why an item is in the queue, most urgent first. */
export const priority = {
  /** Someone changed the object. */
  user: 0,
  /** It failed before. */
  retry: 1,
  /** Its time has come. */
  timer: 2,
  /** It was there when we started. */
  initial: 3,
} as const

/** One of the four urgencies. */
export type Priority = (typeof priority)[keyof typeof priority]

/** An item as `take` hands it out. */
export type QueuedItem = {
  readonly item: string
  readonly priority: Priority
  /** When it was added, on the queue's clock. */
  readonly addedAt: number
}

type Entry = {
  readonly item: string
  priority: Priority
  addedAt: number
  /** Position among all additions: the smallest has waited longest. */
  sequence: number
  state: 'queued' | 'running' | 'dirty'
  previous: Entry | undefined
  next: Entry | undefined
}

/** Every this many takes, whoever has waited longest comes first: no priority can be starved. */
const AGING_INTERVAL = 8

/**
 * A merging queue with four priorities, each first in, first out. No item is handed out twice at once: what is added while
 * it runs is queued again when it is `done`. Adding an item that waits already only raises its priority. Every operation
 * takes constant time.
 */
export class WorkQueue {
  readonly #now: () => number
  readonly #entries = new Map<string, Entry>()
  readonly #lines = [new Line(), new Line(), new Line(), new Line()] as const
  #depth = 0
  #sequence = 0
  #takes = 0

  /** `now` stamps additions (milliseconds, monotonic). */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Items that wait; those that run are not counted. */
  get depth(): number {
    return this.#depth
  }

  /** Items that are handed out and not `done`. */
  get running(): number {
    return this.#entries.size - this.#depth
  }

  /** Adds the item; true if it did not wait already. */
  add(item: string, urgency: Priority): boolean {
    const entry = this.#entries.get(item)
    if (entry === undefined) {
      const fresh: Entry = {
        item,
        priority: urgency,
        addedAt: 0,
        sequence: 0,
        state: 'queued',
        previous: undefined,
        next: undefined,
      }
      this.#entries.set(item, fresh)
      this.#enqueue(fresh)
      return true
    }
    if (entry.state === 'running') {
      entry.state = 'dirty'
      entry.priority = urgency
      entry.addedAt = this.#now()
      return true
    }
    if (urgency < entry.priority) {
      if (entry.state === 'queued') {
        this.#lines[entry.priority].remove(entry)
        this.#lines[urgency].append(entry)
      }
      entry.priority = urgency
    }
    return false
  }

  /** Hands out the next item, or undefined if none waits. Give it back with `done`. */
  take(): QueuedItem | undefined {
    const entry = this.#next()
    if (entry === undefined) return undefined
    this.#lines[entry.priority].remove(entry)
    this.#depth -= 1
    entry.state = 'running'
    return entry
  }

  /**
   * Ends the item's run; true if it was added in the meantime and waits again. Less urgent additions than `least` are
   * forgotten.
   */
  done(item: string, least: Priority = priority.initial): boolean {
    const entry = this.#entries.get(item)
    if (entry === undefined || entry.state === 'queued') return false
    if (entry.state === 'running' || entry.priority > least) {
      this.#entries.delete(item)
      return false
    }
    entry.state = 'queued'
    this.#enqueue(entry, entry.addedAt)
    return true
  }

  #enqueue(entry: Entry, addedAt = this.#now()): void {
    this.#sequence += 1
    this.#depth += 1
    entry.addedAt = addedAt
    entry.sequence = this.#sequence
    this.#lines[entry.priority].append(entry)
  }

  #next(): Entry | undefined {
    this.#takes += 1
    const oldestFirst = this.#takes % AGING_INTERVAL === 0
    let chosen: Entry | undefined
    for (const line of this.#lines) {
      const head = line.head
      if (head === undefined) continue
      if (!oldestFirst) return head
      if (chosen === undefined || head.sequence < chosen.sequence) chosen = head
    }
    return chosen
  }
}

/** A doubly linked line, so that an item whose priority rises leaves the middle of one in constant time. */
class Line {
  head: Entry | undefined
  #tail: Entry | undefined

  append(entry: Entry): void {
    entry.previous = this.#tail
    entry.next = undefined
    if (this.#tail === undefined) this.head = entry
    else this.#tail.next = entry
    this.#tail = entry
  }

  remove(entry: Entry): void {
    if (entry.previous === undefined) this.head = entry.next
    else entry.previous.next = entry.next
    if (entry.next === undefined) this.#tail = entry.previous
    else entry.next.previous = entry.previous
    entry.previous = undefined
    entry.next = undefined
  }
}
