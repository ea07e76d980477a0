import { duration, durationSeconds } from '@latchkey/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Duration } from './duration.ts'

describe('Duration', () => {
  it('writes days as the hours that Kubernetes has', () => {
    expect(Duration.days(90)).toBe('2160h')
    expect(Duration.hours(720)).toBe('720h')
  })

  it('writes what is no whole number of hours in minutes and seconds too', () => {
    expect(Duration.minutes(90)).toBe('1h30m')
    expect(Duration.hours(1.5)).toBe('1h30m')
    expect(Duration.seconds(3601)).toBe('1h1s')
    expect(Duration.seconds(0)).toBe('0s')
  })

  it('gives every whole number of seconds, up to a million hours, a text that reads as the same length', () => {
    fc.assert(
      fc.property(fc.nat({ max: 3_599_999_999 }), (seconds) => {
        const text = Duration.seconds(seconds)
        expect(duration.safeParse(text).success).toBe(true)
        expect(durationSeconds(text)).toBe(seconds)
      }),
    )
  })

  it('leaves what has no such form to synth, which refuses it', () => {
    for (const text of [Duration.days(-1), Duration.seconds(0.5), Duration.days(Number.NaN)]) {
      expect(duration.safeParse(text).success).toBe(false)
    }
  })
})
