import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TimingWheel } from './timing-wheel.ts'

const day = 86_400_000

function due(wheel: TimingWheel, now: number): string[] {
  const items: string[] = []
  wheel.turn(now, (item) => items.push(item))
  return items.sort()
}

describe('a timing wheel', () => {
  test('hands out an item once, at the first tick that is not early', () => {
    const wheel = new TimingWheel({ now: 0 })
    wheel.schedule('a', 2_500)
    expect(due(wheel, 2_999)).toEqual([])
    expect(due(wheel, 3_000)).toEqual(['a'])
    expect(due(wheel, 10_000)).toEqual([])
  })

  test('waits for months', () => {
    const wheel = new TimingWheel({ now: 0 })
    wheel.schedule('a', 90 * day)
    for (let now = 0; now < 90 * day; now += 3_600_000) expect(due(wheel, now)).toEqual([])
    expect(due(wheel, 90 * day)).toEqual(['a'])
  })

  test('moves an item and forgets a cancelled one', () => {
    const wheel = new TimingWheel({ now: 0 })
    for (const item of ['a', 'b', 'c']) wheel.schedule(item, 1_000)
    wheel.schedule('b', 5_000)
    expect(wheel.cancel('c')).toBe(true)
    expect(wheel.cancel('c')).toBe(false)
    expect(due(wheel, 1_000)).toEqual(['a'])
    expect(wheel.dueAt('b')).toBe(5_000)
    expect(due(wheel, 5_000)).toEqual(['b'])
    expect(wheel.size).toBe(0)
  })

  test('hands out what is past with the next tick', () => {
    const wheel = new TimingWheel({ now: 10_000 })
    wheel.schedule('late', 3_000)
    expect(due(wheel, 10_999)).toEqual([])
    expect(due(wheel, 11_000)).toEqual(['late'])
  })

  test('fires nothing while time goes back, and nothing twice when it returns', () => {
    const wheel = new TimingWheel({ now: 100_000 })
    wheel.schedule('a', 101_000)
    expect(due(wheel, 101_000)).toEqual(['a'])
    wheel.schedule('b', 103_000)
    expect(due(wheel, 50_000)).toEqual([])
    expect(due(wheel, 103_000)).toEqual(['b'])
  })

  test('lets the receiver schedule the same item again', () => {
    const wheel = new TimingWheel({ now: 0 })
    wheel.schedule('a', 1_000)
    wheel.turn(1_000, (item) => wheel.schedule(item, 0))
    expect(due(wheel, 2_000)).toEqual(['a'])
  })
})

test('hands out exactly what a sorted list would, whatever is scheduled, moved, cancelled and slept through', () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('schedule' as const),
      item: fc.nat(20),
      delay: fc.nat(30_000_000),
    }),
    fc.record({ kind: fc.constant('schedule' as const), item: fc.nat(20), delay: fc.nat(5_000) }),
    fc.record({ kind: fc.constant('cancel' as const), item: fc.nat(20) }),
    fc.record({ kind: fc.constant('turn' as const), by: fc.nat(5_000) }),
    fc.record({ kind: fc.constant('turn' as const), by: fc.nat(40_000_000) }),
  )
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.array(step, { maxLength: 60 }), (start, steps) => {
      const wheel = new TimingWheel({ now: start })
      const model = new Map<string, number>()
      let now = start
      let fired = Math.floor(start / 1000)
      for (const action of steps) {
        if (action.kind === 'schedule') {
          wheel.schedule(`${action.item}`, now + action.delay)
          model.set(`${action.item}`, Math.max(Math.ceil((now + action.delay) / 1000), fired + 1))
        } else if (action.kind === 'cancel') {
          expect(wheel.cancel(`${action.item}`)).toBe(model.delete(`${action.item}`))
        } else {
          now += action.by
          fired = Math.floor(now / 1000)
          const expected = [...model].filter(([, tick]) => tick <= fired).map(([item]) => item)
          for (const item of expected) model.delete(item)
          expect(due(wheel, now)).toEqual(expected.sort())
        }
        expect(wheel.size).toBe(model.size)
      }
    }),
  )
})
