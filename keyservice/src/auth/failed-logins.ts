import { KeyError } from '@latchkey/core'
import type { FailedLogins, Tables } from '../store/port.ts'

// Guessing a password must be slow, whoever tries from wherever. So failures in a row are counted by the name that was
// given, and each one beyond the first few doubles the pause before the next try. Names that nobody has are treated alike.

const free = 10
const firstPauseMs = 1000
const longestPauseMs = 15 * 60_000

/**
 * Counts one more try under this name, as a failure until a success is written down: tries that come together count too.
 * Throws `TooManyRequests`, and counts nothing, while the pause after the last ones lasts.
 */
export async function countTry(tables: Tables, username: string, nowMs: number): Promise<void> {
  const leftMs = pauseEndMs(await tables.logins.lockFailures(username)) - nowMs
  if (leftMs <= 0) return tables.logins.fail(username, nowMs)
  throw new KeyError(
    'TooManyRequests',
    'Too many failed logins under this name; wait and try again',
    { retryAfterSeconds: Math.ceil(leftMs / 1000) },
  )
}

/** When the next try is allowed: from the tenth failure on after a second, then two, then four, a quarter of an hour at most. */
function pauseEndMs({ failures, lastMs }: FailedLogins): number {
  if (failures < free) return 0
  return lastMs + Math.min(firstPauseMs * 2 ** (failures - free), longestPauseMs)
}

/** How long failures are remembered when nobody tries any more. */
export const failuresKeptMs = 24 * 3_600_000
