import { KeyError } from '@latchkey/core'
import pLimit from 'p-limit'

// To compare a password costs a quarter of a second of a core and 32 MiB, on purpose, and anybody may ask for it. So few
// are compared at once, on fewer threads than Node has for such work, and few wait: a flood of logins costs a known part
// of the machine, and verifications, which compare no passwords, go on beside it.

/** Work on passwords, a few at once and the others in turn. */
export interface PasswordTurns {
  /**
   * Runs it when it is its turn. Throws `TooManyRequests` at once, without running it, when too many wait: refused like
   * this, a flood is no failure of the service. `work` takes no other turn.
   */
  take<T>(work: () => Promise<T>): Promise<T>
}

export interface TurnLimits {
  /** At once. */
  readonly concurrent: number
  /** Beside those, at most. */
  readonly waiting: number
}

const turnSeconds = 0.25

export function passwordTurns({ concurrent, waiting }: TurnLimits): PasswordTurns {
  const limit = pLimit(concurrent)
  return {
    async take(work) {
      if (limit.activeCount + limit.pendingCount < concurrent + waiting) return limit(work)
      throw new KeyError(
        'TooManyRequests',
        'Too many people log in at this moment; wait and try again',
        { retryAfterSeconds: Math.max(1, Math.ceil((waiting * turnSeconds) / concurrent)) },
      )
    },
  }
}

/** Half of the cores, and half of the four threads that Node has for slow work at most. */
export function turnsOf(cores: number): number {
  return Math.max(1, Math.min(2, Math.floor(cores / 2)))
}
