import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ApiKeys, apiKeysIn } from './api-keys.ts'
import { expectLaw } from './law.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

// The operator lists the service once a day here, so whatever it notices it noticed by the change feed.

let world: World
let shop: ApiKeys

beforeAll(async () => {
  world = await startWorld()
  shop = apiKeysIn(world, 'shop')
  const operator = await world.startOperator({ listIntervalMilliseconds: 86_400_000 })
  await operator.leading()
  await shop.declare('api', { displayName: 'As declared' })
  await shop.ready('api')
})
afterAll(async () => {
  await world?.stop()
})

it('puts back a name that somebody changed at the service', async () => {
  const [before] = await shop.live('api')
  await world.service.rename(before?.id ?? '', 'Changed by hand')
  const [after] = await until('the declared name is back', async () => {
    const keys = await shop.live('api')
    return (
      keys.every(
        (key) => key.displayName === 'As declared' && key.version > (before?.version ?? 0),
      ) && keys
    )
  })
  expect(after?.id).toBe(before?.id)
})

it('replaces a key that somebody revoked at the service', async () => {
  const token = await shop.token('api')
  const [key] = await shop.live('api')
  await world.service.revoke(key?.id ?? '')
  await shop.otherToken('api', token)
  await until('the law holds', async () => (await expectLaw(world, 'shop')).live === 1)
})
