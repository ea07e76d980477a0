import { describe, expect, test } from 'vitest'
import { KeyError } from '../domain/key-error.ts'
import type { Reason } from '../domain/reason.ts'
import { repeatRead } from './repeat-read.ts'

/** A read that fails so many times, and what it was asked and waited for. */
function failing(times: number, reason: Reason, retryAfterSeconds?: number) {
  const pauses: number[] = []
  let reads = 0
  const options = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  return {
    pauses,
    reads: () => reads,
    run: () =>
      repeatRead(
        async () => {
          reads += 1
          if (reads <= times) throw new KeyError(reason, 'It failed', options)
          return 'page'
        },
        async (milliseconds) => pauses.push(milliseconds),
      ),
  }
}

describe('a read', () => {
  test('that fails three times in a row is answered by the fourth', async () => {
    const { run, reads } = failing(3, 'ServiceUnreachable')
    await expect(run()).resolves.toBe('page')
    expect(reads()).toBe(4)
  })

  test('that fails four times fails', async () => {
    await expect(failing(4, 'ServiceUnavailable').run()).rejects.toThrow('It failed')
  })

  test('waits as long as the service asks, and never longer than five seconds', async () => {
    const short = failing(1, 'TooManyRequests', 2)
    await short.run()
    expect(short.pauses).toEqual([2_000])
    const long = failing(1, 'TooManyRequests', 3_600)
    await long.run()
    expect(long.pauses).toEqual([5_000])
  })

  test.each(['ServiceUnauthorized', 'Forbidden', 'Timeout'] as const)(
    'that fails with %s is not repeated',
    async (reason) => {
      const { run, reads } = failing(1, reason)
      await expect(run()).rejects.toThrow('It failed')
      expect(reads()).toBe(1)
    },
  )
})
