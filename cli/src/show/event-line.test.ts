import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import { eventLine } from './event-line.ts'

const happening = {
  time: new Date(2026, 10, 21, 7, 5, 9),
  kind: 'ApiKey',
  name: 'shop/billing',
  reason: 'Updated',
  note: 'The scopes are now readMerchants',
  tone: 'good',
} as const

describe('the line of an event', () => {
  it('says when, what, why and the sentence', () => {
    expect(eventLine(happening, pc.createColors(false))).toMatch(
      /^07:05:09 {2}ApiKey {5}shop\/billing +Updated +The scopes are now readMerchants$/,
    )
  })

  it('stays one line whatever the sentence contains', () => {
    const line = eventLine({ ...happening, note: 'one\n  two\r\nthree ' }, pc.createColors(false))
    expect(line).toMatch(/one two three$/)
  })

  it('warns in red', () => {
    const colors = pc.createColors(true)
    expect(eventLine({ ...happening, tone: 'bad' }, colors)).toContain(
      colors.red('Updated'.padEnd(15)),
    )
  })
})
