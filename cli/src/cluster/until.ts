import { setTimeout as sleep } from 'node:timers/promises'

/** How a wait ends without its answer. */
export interface Patience {
  readonly signal: AbortSignal
  readonly seconds: number
}

const pollMilliseconds = 250

/**
 * Asks again and again until there is an answer; undefined when patience ends first. Throws what the question throws, and
 * the signal's reason.
 */
export async function until<T>(
  patience: Patience,
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const end = performance.now() + patience.seconds * 1000
  for (;;) {
    patience.signal.throwIfAborted()
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > end) return undefined
    await sleep(pollMilliseconds)
  }
}
