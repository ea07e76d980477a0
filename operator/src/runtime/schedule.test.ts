import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFakeClock } from './fake-clock.ts'
import { Schedule } from './schedule.ts'

function create() {
  const clock = createFakeClock()
  const fired: string[] = []
  const schedule = new Schedule({ clock, fire: (item) => fired.push(item) })
  return { clock, fired, schedule }
}

describe('a schedule', () => {
  test('brings a short delay to the millisecond', async () => {
    const { clock, fired, schedule } = create()
    schedule.set('a', 250)
    await clock.advance(249)
    expect(fired).toEqual([])
    await clock.advance(1)
    expect(fired).toEqual(['a'])
  })

  test('brings a long delay at most a second late', async () => {
    const { clock, fired, schedule } = create()
    await clock.advance(300)
    schedule.set('a', 3_600_000)
    await clock.advance(3_599_999)
    expect(fired).toEqual([])
    await clock.advance(1_001)
    expect(fired).toEqual(['a'])
    expect(clock.pendingTimers()).toBe(0)
  })

  test('keeps one due time per item, whichever way it changes', async () => {
    const { clock, fired, schedule } = create()
    schedule.set('a', 500)
    schedule.set('a', 60_000)
    expect(schedule.size).toBe(1)
    expect(schedule.dueIn('a')).toBe(60_000)
    await clock.advance(10_000)
    schedule.set('a', 500)
    expect(schedule.size).toBe(1)
    await clock.advance(500)
    expect(fired).toEqual(['a'])
    await clock.advance(120_000)
    expect(fired).toEqual(['a'])
  })

  test('follows the wall clock over long distances', async () => {
    const { clock, fired, schedule } = create()
    schedule.set('a', 3_600_000)
    clock.stepWallClock(3_600_000)
    await clock.advance(1_000)
    expect(fired).toEqual(['a'])
  })

  test('forgets what is cancelled', async () => {
    const { clock, fired, schedule } = create()
    schedule.set('short', 500)
    schedule.set('long', 5_000)
    schedule.cancel('short')
    schedule.cancel('long')
    schedule.cancel('never')
    await clock.advance(10_000)
    expect(fired).toEqual([])
  })
})

test('brings short delays in the order of their due times, whatever was replaced or cancelled before', async () => {
  const delay = fc.record({ item: fc.nat(30), delay: fc.nat(1_999), cancel: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(delay, { maxLength: 60 }), async (delays) => {
      const { clock, schedule, fired } = create()
      const model = new Map<string, number>()
      for (const { item, delay: milliseconds, cancel } of delays) {
        if (cancel) {
          schedule.cancel(`${item}`)
          model.delete(`${item}`)
        } else {
          schedule.set(`${item}`, milliseconds)
          model.set(`${item}`, milliseconds)
        }
      }
      await clock.advance(2_000)
      const dueTimes = fired.map((item) => model.get(item) ?? Number.NaN)
      expect(dueTimes).toEqual([...model.values()].sort((left, right) => left - right))
      expect(new Set(fired)).toEqual(new Set(model.keys()))
    }),
    { numRuns: 50 },
  )
})
