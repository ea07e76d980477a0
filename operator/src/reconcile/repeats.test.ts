import type { Action } from '@latchkey/core'
import { expect, it } from 'vitest'
import { createRepeats } from './repeats.ts'

const update = (displayName: string): Action => ({
  kind: 'update',
  keyId: 'key-1',
  change: { displayName },
  reason: 'Updated',
  message: '',
})
const issue = (reason: Action['reason']): Action => ({
  kind: 'issue',
  revision: 1,
  cause: reason,
  reason,
  message: '',
})

function start() {
  let now = 0
  const repeats = createRepeats(() => now)
  const times = (count: number, action: Action) => {
    for (let index = 0; index < count; index++) repeats.done('u', action)
  }
  return { repeats, times, pass: (milliseconds: number) => (now += milliseconds) }
}

it('does five times at once what somebody undoes, then waits twice as long each time, five minutes at most', () => {
  const { repeats, times, pass } = start()
  const waits: number[] = []
  for (let round = 0; round < 16; round++) {
    const wait = repeats.wait('u', update('a'))
    waits.push(wait)
    pass(wait)
    expect(repeats.wait('u', update('a'))).toBe(0)
    times(1, update('a'))
  }
  expect(waits.slice(0, 8)).toEqual([0, 0, 0, 0, 0, 1_000, 2_000, 4_000])
  expect(waits.at(-1)).toBe(300_000)
})

it('takes what was done to another ApiKey, or another change, for no repetition', () => {
  const { repeats, times } = start()
  times(9, update('a'))
  expect(repeats.wait('u', update('a'))).toBeGreaterThan(0)
  expect(repeats.wait('u', update('b'))).toBe(0)
  expect(repeats.wait('v', update('a'))).toBe(0)
})

it('holds back the keys that replace lost ones, and never a first key or a rotation', () => {
  const { repeats, times } = start()
  times(9, issue('Issued'))
  times(9, issue('Rotated'))
  expect([repeats.wait('u', issue('Issued')), repeats.wait('u', issue('Rotated'))]).toEqual([0, 0])
  times(9, issue('Reissued'))
  expect(repeats.wait('u', issue('Reissued'))).toBeGreaterThan(0)
})

it('forgets what lasted', () => {
  const { repeats, times, pass } = start()
  times(9, update('a'))
  pass(600_000)
  expect(repeats.wait('u', update('a'))).toBe(0)
})
