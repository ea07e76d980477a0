import { setTimeout as sleep } from 'node:timers/promises'
import { KeyError } from '../domain/key-error.ts'
import type { Reason } from '../domain/reason.ts'

const attemptsAtMost = 4
const longestPauseMilliseconds = 5_000

/** Failures that the next attempt may not meet. A service that says nothing for long is not kept company any longer. */
const passing: ReadonlySet<Reason> = new Set([
  'ServiceUnreachable',
  'ServiceUnavailable',
  'TooManyRequests',
] as const)

/**
 * Reads, and reads again where that failed for a moment: three times more, after the pause that the service asked for, or
 * a short one. For reads alone, and for those of which many must succeed in a row: without it one lost answer in a
 * hundred would keep a list of a hundred pages from ever reaching its end.
 */
export async function repeatRead<T>(
  read: () => Promise<T>,
  pause: (milliseconds: number) => Promise<unknown> = sleep,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read()
    } catch (error) {
      if (attempt === attemptsAtMost || !(error instanceof KeyError)) throw error
      if (!passing.has(error.reason)) throw error
      const asked = (error.retryAfterSeconds ?? attempt / 10) * 1_000
      await pause(Math.min(asked, longestPauseMilliseconds))
    }
  }
}
