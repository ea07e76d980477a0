import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks until the answer is there: `undefined`, `false` and a throw mean not yet. Fails with what it last heard, so that
 * the report says more than "timed out". A costly question wants a longer pause between.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  timeoutMilliseconds = 180_000,
  pauseMilliseconds = 100,
): Promise<T> {
  const end = Date.now() + timeoutMilliseconds
  let last: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false) return answer
      last = answer
    } catch (error) {
      last = error
    }
    if (Date.now() > end) throw new Error(`Not in time: ${what}`, { cause: last })
    await delay(pauseMilliseconds)
  }
}
