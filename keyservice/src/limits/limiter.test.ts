import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { type Budget, ownBudget, sharedBudget } from './budget.ts'
import { addressBlock } from './failed-verification.ts'
import { limiter } from './limiter.ts'

const perMinute = (requests: number) => ({ requests, windowSeconds: 60 })

async function allowed(taking: Promise<{ readonly allowed: boolean }>[]): Promise<number> {
  return (await Promise.all(taking)).filter((rate) => rate.allowed).length
}

test('in one process exactly the limit is given out in a window, and again in the next', async () => {
  const { take } = limiter(ownBudget())
  for (const nowMs of [10_000, 59_999, 60_000]) {
    const rates = Array.from({ length: 50 }, () => take('key', perMinute(20), nowMs))
    expect(await allowed(rates)).toBe(nowMs === 59_999 ? 0 : 20)
  }
})

test('what is left and when it is renewed is told with each', async () => {
  const { take } = limiter(ownBudget())
  expect(await take('key', perMinute(2), 61_000)).toEqual({
    allowed: true,
    limit: 2,
    remaining: 1,
    resetMs: 120_000,
  })
  await take('key', perMinute(2), 61_000)
  expect(await take('key', perMinute(2), 62_000)).toMatchObject({ allowed: false, remaining: 0 })
})

test('a count that is given back can be taken again', async () => {
  const { take, giveBack } = limiter(ownBudget())
  await take('key', perMinute(1), 0)
  giveBack('key')
  expect(await take('key', perMinute(1), 0)).toMatchObject({ allowed: true })
  expect(await take('key', perMinute(1), 0)).toMatchObject({ allowed: false })
})

test('replicas on one store never give out more than the limit together, and little less', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-limiter-'))
  const store = await openSqliteStore({ folder })
  const replicas = Array.from({ length: 3 }, () => limiter(sharedBudget(store)))
  const taking = Array.from({ length: 900 }, (_, index) =>
    replicas[index % 3]?.take('key', perMinute(500), 5),
  )
  const given = await allowed(taking.filter((rate) => rate !== undefined))
  expect(given).toBeLessThanOrEqual(500)
  expect(given).toBeGreaterThan(400)
  await store.close()
  await rm(folder, { recursive: true })
})

test('one client alone gets all of a limit, with far fewer questions to the store than requests', async () => {
  let used = 0
  let asked = 0
  const budget: Budget = {
    async lease({ limit }, wanted) {
      asked++
      const granted = Math.min(wanted, limit - used)
      used += granted
      return { granted, used }
    },
  }
  const { take } = limiter(budget)
  for (let request = 0; request < 1000; request++) {
    expect((await take('key', perMinute(1000), 0)).allowed).toBe(true)
  }
  expect((await take('key', perMinute(1000), 0)).allowed).toBe(false)
  expect(asked).toBeLessThan(60)
})

test('of IPv6 a client is its network, however it is written; IPv4 is itself', () => {
  expect(addressBlock('192.0.2.7')).toBe('192.0.2.7')
  expect(addressBlock('2001:db8::1')).toBe(addressBlock('2001:0DB8:0:0:ffff::2'))
  expect(addressBlock('2001:db8:0:1::1')).not.toBe(addressBlock('2001:db8::1'))
  expect(addressBlock('::ffff:192.0.2.7')).not.toBe(addressBlock('::ffff:192.0.2.8'))
})
