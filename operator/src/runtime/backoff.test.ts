import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Backoff, fullJitter } from './backoff.ts'

describe('a backoff', () => {
  test('stays between a second and five minutes, and reaches both', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
        (draws) => {
          let draw = 0
          const backoff = new Backoff({ random: () => draws[draw++ % draws.length] ?? 0 })
          for (let failure = 0; failure < 40; failure += 1) {
            const delay = backoff.next('a')
            expect(delay).toBeGreaterThanOrEqual(1_000)
            expect(delay).toBeLessThanOrEqual(300_000)
          }
        },
      ),
    )
    const highest = new Backoff({ random: () => 1 })
    expect(Array.from({ length: 8 }, () => highest.next('a'))).toEqual([
      3_000, 9_000, 27_000, 81_000, 243_000, 300_000, 300_000, 300_000,
    ])
    expect(new Backoff({ random: () => 0 }).next('a')).toBe(1_000)
  })

  test('starts over after a success, for that item alone', () => {
    const backoff = new Backoff({ random: () => 1 })
    backoff.next('a')
    backoff.next('b')
    backoff.reset('a')
    expect([backoff.has('a'), backoff.has('b')]).toEqual([false, true])
    expect([backoff.next('a'), backoff.next('b')]).toEqual([3_000, 9_000])
  })

  test('waits what the server asked, and up to a tenth more', () => {
    expect(new Backoff({ random: () => 0 }).next('a', 2)).toBe(2_000)
    expect(new Backoff({ random: () => 1 }).next('a', 2)).toBeCloseTo(2_200)
  })
})

test('full jitter is bounded by the exponential and by the cap, at any attempt', () => {
  const options = { baseMilliseconds: 800, capMilliseconds: 30_000, random: () => 1 }
  const bounds = [1, 2, 3, 6, 7, 10_000].map((attempt) => fullJitter({ ...options, attempt }))
  expect(bounds).toEqual([800, 1_600, 3_200, 25_600, 30_000, 30_000])
  expect(fullJitter({ ...options, attempt: 5, random: () => 0 })).toBe(0)
})
