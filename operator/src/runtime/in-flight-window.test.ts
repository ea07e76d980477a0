import { expect, test } from 'vitest'
import { createFakeClock } from './fake-clock.ts'
import { InFlightWindow } from './in-flight-window.ts'

const create = (maximum: number) => {
  const clock = createFakeClock()
  return { clock, window: new InFlightWindow({ clock, maximum }) }
}

test('lets calls pass at once while there is room, and the next in order of asking', async () => {
  const { window } = create(2)
  expect([window.enter(), window.enter()]).toEqual([undefined, undefined])
  const order: number[] = []
  const waiting = [1, 2].map((number) => window.enter()?.then(() => order.push(number)))
  window.leave()
  await waiting[0]
  window.leave()
  await waiting[1]
  expect(order).toEqual([1, 2])
})

test('halves once per refused burst and lets nobody in until the server wants it', async () => {
  const { window, clock } = create(16)
  for (let call = 0; call < 8; call += 1) window.enter()
  for (let call = 0; call < 8; call += 1) window.refused(3)
  expect(window.size).toBe(8)
  let entered = false
  void window.enter()?.then(() => {
    entered = true
  })
  await clock.advance(2_999)
  expect(entered).toBe(false)
  await clock.advance(1)
  expect(entered).toBe(true)
})

test('never closes for good, and grows back with successes', async () => {
  const { window, clock } = create(8)
  for (let round = 0; round < 10; round += 1) {
    window.enter()
    window.refused(1)
    await clock.advance(1_000)
  }
  expect(window.size).toBe(1)
  for (let call = 0; call < 100; call += 1) {
    expect(window.enter()).toBeUndefined()
    window.leave()
  }
  expect(window.size).toBe(8)
})
