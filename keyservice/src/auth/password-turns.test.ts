import { expect, test } from 'vitest'
import { passwordTurns, turnsOf } from './password-turns.ts'

/** Work that ends when the test says so. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let began = false
  const work = () => {
    began = true
    return promise
  }
  return { work, end: resolve, fail: reject, began: () => began }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a few run at once, a few wait, and the next one is refused at once without being run', async () => {
  const turns = passwordTurns({ concurrent: 2, waiting: 1 })
  const [first, second, third, fourth] = [held(), held(), held(), held()]
  const taken = [first, second, third].map(({ work }) => turns.take(work))
  await expect(turns.take(fourth.work)).rejects.toMatchObject({
    reason: 'TooManyRequests',
    retryAfterSeconds: 1,
  })
  await settled()
  expect([first, second, third, fourth].map(({ began }) => began())).toEqual([
    true,
    true,
    false,
    false,
  ])
  second.end('second')
  first.end('first')
  third.end('third')
  expect(await Promise.all(taken)).toEqual(['first', 'second', 'third'])
})

test('a turn that fails fails alone and makes room', async () => {
  const turns = passwordTurns({ concurrent: 1, waiting: 0 })
  const first = held()
  const taken = turns.take(first.work)
  first.fail(new Error('broken'))
  await expect(taken).rejects.toThrow('broken')
  await settled()
  expect(await turns.take(async () => 'next')).toBe('next')
})

test('however many cores there are, half of the threads for slow work stay free', () => {
  expect([1, 2, 4, 64].map(turnsOf)).toEqual([1, 1, 2, 2])
})
