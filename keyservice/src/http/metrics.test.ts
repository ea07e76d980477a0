import { expect, test } from 'vitest'
import { metrics } from './metrics.ts'

test('a request is counted once, however often the numbers are asked for', async () => {
  const numbers = metrics()
  const verified = () => numbers.answered('POST', '/verify', 200, 0.003)
  const told = async () => /requests_total\{.*\} (\d+)/.exec(await numbers.text())?.[1]
  verified()
  verified()
  expect(await told()).toBe('2')
  expect(await told()).toBe('2')
  verified()
  expect(await told()).toBe('3')
  expect(await numbers.text()).toMatch(/duration_seconds_count\{.*\} 3/)
})
