import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprint, fraction } from './fingerprint.ts'

describe('fingerprint', () => {
  it('is the same for the same text, and sixteen digits', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(fingerprint(text)).toBe(fingerprint(text))
        expect(fingerprint(text)).toMatch(/^[0-9a-f]{16}$/)
      }),
    )
  })

  it('differs for texts that differ only at their end', () => {
    const prints = new Set(
      Array.from({ length: 100_000 }, (_, index) => fingerprint(`shop/key-${index}`)),
    )
    expect(prints.size).toBe(100_000)
  })

  it('spreads timers evenly', () => {
    const tenths = new Array<number>(10).fill(0)
    for (let index = 0; index < 10_000; index++) {
      const tenth = Math.floor(fraction(`uid-${index}`) * 10)
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
    }
    expect(Math.min(...tenths)).toBeGreaterThan(800)
    expect(Math.max(...tenths)).toBeLessThan(1200)
  })
})
