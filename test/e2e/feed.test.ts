import { afterAll, beforeAll, expect, it } from 'vitest'
import { readApiKey, readSecret } from './read.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

// The operator lists the service once a day here, so whatever it notices it noticed by the change feed.

let world: World

beforeAll(async () => {
  world = await startWorld()
  const operator = await world.startOperator({ listIntervalMilliseconds: 86_400_000 })
  await operator.leading()
  await world.cluster.apply([
    {
      apiVersion: 'latchkey.dev/v1alpha1',
      kind: 'ApiKey',
      metadata: { name: 'api', namespace: 'shop' },
      spec: { displayName: 'As declared' },
    },
  ])
  await until('the key is Ready', async () => (await currentKey()) !== undefined)
})
afterAll(async () => {
  await world?.stop()
})

async function currentKey(): Promise<string | undefined> {
  const apiKey = await readApiKey(world, 'shop', 'api')
  const ready = apiKey?.status?.conditions?.find(({ type }) => type === 'Ready')
  return ready?.status === 'True' ? apiKey?.status?.current?.keyId : undefined
}

it('puts back a name that somebody changed at the service', async () => {
  const keyId = (await currentKey()) ?? ''
  await world.service.rename(keyId, 'Changed by hand')
  await until('the declared name is back', async () =>
    (await world.service.live('shop')).some(
      ({ displayName, version }) => displayName === 'As declared' && version > 2,
    ),
  )
  expect(await currentKey()).toBe(keyId)
})

it('replaces a key that somebody revoked at the service', async () => {
  const keyId = (await currentKey()) ?? ''
  await world.service.revoke(keyId)
  const successor = await until('another key took its place', async () => {
    const current = await currentKey()
    return current !== keyId && current
  })
  const secret = await readSecret(world, 'shop', 'api')
  expect(await world.service.verify(secret?.token ?? '')).toMatchObject({
    valid: true,
    keyId: successor,
  })
})
