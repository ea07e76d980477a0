/** Exponential growth from `baseMilliseconds` up to `capMilliseconds`. */
export type BackoffRange = { readonly baseMilliseconds: number; readonly capMilliseconds: number }

/** A delay anywhere between nothing and the exponential bound of the attempt (1 for the first): spreads a crowd best. */
export function fullJitter(
  options: BackoffRange & { readonly attempt: number; readonly random: () => number },
): number {
  // 2^40 times any base is past any cap; more would overflow to infinity.
  const exponent = Math.min(Math.max(options.attempt - 1, 0), 40)
  return (
    options.random() * Math.min(options.capMilliseconds, options.baseMilliseconds * 2 ** exponent)
  )
}

/** How a {@link Backoff} behaves; one second to five minutes unless told otherwise. */
export type BackoffOptions = Partial<BackoffRange> & { readonly random?: () => number }

/**
 * Delays per item with decorrelated jitter: each one is random between the base and three times the last, so that items
 * that failed together do not come back together. Remembers an item from its first failure until `reset`.
 */
export class Backoff {
  readonly #base: number
  readonly #cap: number
  readonly #random: () => number
  readonly #last = new Map<string, number>()

  constructor(options: BackoffOptions = {}) {
    this.#base = options.baseMilliseconds ?? 1_000
    this.#cap = options.capMilliseconds ?? 300_000
    this.#random = options.random ?? Math.random
  }

  /**
   * The delay before the next try, in milliseconds. What the server asked for wins, with up to a tenth on top: everyone who
   * was refused was told the same.
   */
  next(item: string, retryAfterSeconds?: number): number {
    const last = this.#last.get(item) ?? this.#base
    const spread = this.#base + this.#random() * (last * 3 - this.#base)
    const delay = Math.min(this.#cap, spread)
    this.#last.set(item, delay)
    if (retryAfterSeconds === undefined) return delay
    return retryAfterSeconds * 1000 * (1 + this.#random() / 10)
  }

  /** Forgets the item's failures. */
  reset(item: string): void {
    this.#last.delete(item)
  }

  /** Whether the item has failed since its last success. */
  has(item: string): boolean {
    return this.#last.has(item)
  }
}
