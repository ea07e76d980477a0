import { describe, expect, it } from 'vitest'
import { createRelapses } from './relapses.ts'

describe('a service that fails', () => {
  it('is looked at at once, and left alone twice as long each time it fails again', () => {
    const relapses = createRelapses(() => 0)
    expect([1, 2, 3, 4, 5].map(() => relapses.pause())).toEqual([0, 1_000, 2_000, 4_000, 8_000])
  })

  it('is left alone for five minutes at most', () => {
    const relapses = createRelapses(() => 0)
    const pauses = Array.from({ length: 40 }, () => relapses.pause())
    expect(Math.max(...pauses)).toBe(300_000)
  })

  it('starts anew after ten good minutes', () => {
    let now = 0
    const relapses = createRelapses(() => now)
    relapses.pause()
    relapses.pause()
    now += 600_000
    expect(relapses.pause()).toBe(0)
  })
})
