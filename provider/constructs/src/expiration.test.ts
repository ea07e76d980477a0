import { expiration } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { Duration } from './duration.ts'
import { Expiration } from './expiration.ts'

describe('Expiration', () => {
  it('ends a key a duration after its issue', () => {
    expect(Expiration.after(Duration.days(90))).toEqual({ after: '2160h' })
  })

  it('ends a key at an instant, given as a date or as text', () => {
    const time = '2027-01-31T12:00:00Z'
    expect(Expiration.at(new Date(time))).toEqual({ time })
    expect(Expiration.at(time)).toEqual({ time })
  })

  it('leaves an invalid date to synth, which refuses it', () => {
    const declared = Expiration.at(new Date('the day after tomorrow'))
    expect(expiration.safeParse(declared).success).toBe(false)
  })
})
