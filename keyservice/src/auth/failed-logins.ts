import { KeyError } from '@latchkey/core'
import type { Service } from '../service.ts'
import type { FailedLogins } from '../store/port/logins.ts'
import type { StoredUser } from '../store/port/users.ts'
import type { Tables } from '../store/port.ts'

// Guessing a password must be slow, whoever tries from wherever. So failures in a row are counted by the name that was
// given, and each one beyond the first few doubles the pause before the next try. Names that nobody has are treated alike.

const free = 10
const firstPauseMs = 1000
const longestPauseMs = 15 * 60_000

/**
 * Counts one more try under this name, as a failure until a success is written down: tries that come together count too.
 * Returns how many there are now. Throws `TooManyRequests`, and counts nothing, while the pause after the last ones lasts.
 */
export async function countTry(tables: Tables, username: string, nowMs: number): Promise<number> {
  const before = await tables.logins.lockFailures(username)
  const leftMs = pauseEndMs(before) - nowMs
  if (leftMs <= 0) {
    await tables.logins.fail(username, nowMs)
    return before.failures + 1
  }
  throw new KeyError(
    'TooManyRequests',
    'Too many failed logins under this name; wait and try again',
    { retryAfterSeconds: Math.ceil(leftMs / 1000) },
  )
}

/**
 * Writes into the audit trail that a user's logins begin to be paused. Only the try that crosses the limit does: before
 * the next entry the password was right once, or nobody tried for a day, so who guesses cannot flood the trail.
 */
export async function noteFailure(
  { store, clock }: Pick<Service, 'store' | 'clock'>,
  user: Pick<StoredUser, 'id' | 'account'>,
  failures: number,
): Promise<void> {
  if (failures !== free) return
  await store.write(async (tables) => {
    // The trail of an account that was deleted meanwhile names nobody any more.
    const account = await tables.accounts.lock(user.account)
    if (account === undefined || account.deletedMs !== null) return
    await tables.journal.append({
      timeMs: clock(),
      account: user.account,
      space: null,
      actor: 'system',
      action: 'LoginPaused',
      subjectKind: 'user',
      subject: user.id,
      version: 0,
      detail: { failures },
    })
  })
}

/** When the next try is allowed: from the tenth failure on after a second, then two, then four, a quarter of an hour at most. */
function pauseEndMs({ failures, lastMs }: FailedLogins): number {
  if (failures < free) return 0
  return lastMs + Math.min(firstPauseMs * 2 ** (failures - free), longestPauseMs)
}

/** How long failures are remembered when nobody tries any more. */
export const failuresKeptMs = 24 * 3_600_000
