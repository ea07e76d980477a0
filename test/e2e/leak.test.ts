import type { Operator } from '@latchkey/operator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiKeys, apiKeysIn } from './api-keys.ts'
import { expectLaw } from './law.ts'
import { expectNoTokenTold } from './no-token.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

// Tokens that were published: somebody reports them to the key service, and nobody does anything else. The operator lists the
// service once a day here, so what it notices while it runs it noticed by the change feed.

const namespace = 'shop'
let world: World
let shop: ApiKeys
let operator: Operator

beforeAll(async () => {
  world = await startWorld({ namespaces: [namespace] })
  shop = apiKeysIn(world, namespace)
  operator = await startOperator()
})
afterAll(async () => {
  await world?.stop()
})

async function startOperator(): Promise<Operator> {
  const started = await world.startOperator({ listIntervalMilliseconds: 86_400_000 })
  await started.leading()
  return started
}

describe('a token that was published and reported', () => {
  it('is replaced with nobody helping: the new one works, the old one is dead for good, without a grace period', async () => {
    await shop.declare('api', { rotation: { period: '720h', gracePeriod: '24h' } })
    const before = (await shop.ready('api')).status?.current
    const token = await shop.token('api')
    await world.service.reportLeak(token)
    await expectDead(token)

    const successor = await shop.otherToken('api', token)
    const { status } = await shop.ready('api')
    expect(status?.current).toMatchObject({ revision: 2 })
    expect(status?.current?.keyId).not.toBe(before?.keyId)
    expect(status?.previous).toBeUndefined()
    await expectWorks(successor, status?.current?.keyId)
    await expectDead(token)
    const [leaked] = (await world.service.marked(namespace)).filter(
      ({ id }) => id === before?.keyId,
    )
    expect(leaked).toMatchObject({ state: 'disabled', stateReason: 'KeyLeaked' })
    await until('the law holds', async () => (await expectLaw(world, namespace)).live === 1)
  })

  it('is told by an Event that warns, naming the key and not the token', async () => {
    const warnings = await until('the Event is there', async () => {
      const found = await warningsAbout('api')
      return found.length > 0 && found
    })
    const [leaked] = (await world.service.marked(namespace)).filter(
      ({ stateReason }) => stateReason === 'KeyLeaked',
    )
    expect(warnings).toEqual([
      { reason: 'KeyLeaked', note: expect.stringContaining(`${leaked?.id} was published`) },
    ])
  })

  it('costs the present one nothing when it is the one before, in its grace period', async () => {
    await shop.declare('moved', { secret: { name: 'moved-before' } })
    await shop.ready('moved')
    const token = await shop.token('moved-before')
    await shop.declare('moved', { secret: { name: 'moved-after' } })
    expect((await shop.ready('moved')).status?.previous).toHaveLength(1)
    const successor = await shop.token('moved-after')
    await world.service.reportLeak(token)
    await expectDead(token)

    await until('the status forgets it', async () => {
      const { status } = (await shop.read('moved')) ?? {}
      return status?.previous === undefined
    })
    await shop.ready('moved')
    expect(await shop.token('moved-after')).toBe(successor)
    await until('the law holds', async () => (await expectLaw(world, namespace)).live === 2)
  })

  it('is replaced by the next operator when none ran at the time', async () => {
    await operator.stop()
    const token = await shop.token('api')
    await world.service.reportLeak(token)
    await expectDead(token)
    operator = await startOperator()
    const successor = await shop.otherToken('api', token)
    // The status of before says Ready until the new one is written.
    await until('the status names its key', async () => {
      const { status } = await shop.ready('api')
      const verdict = await world.service.verify(successor)
      return verdict.valid && verdict.keyId === status?.current?.keyId
    })
    await until('the law holds', async () => (await expectLaw(world, namespace)).live === 2)
  })

  it('is in nothing that anybody was told', async () => {
    await expectNoTokenTold(world)
  })
})

async function expectWorks(token: string, keyId: string | undefined): Promise<void> {
  expect(await world.service.verify(token)).toMatchObject({ valid: true, keyId })
}

async function expectDead(token: string): Promise<void> {
  const verdict = await world.service.verify(token)
  expect(verdict).toMatchObject({ valid: false, reason: 'KeyLeaked' })
}

interface Told {
  readonly reason: string
  readonly note: string
}

async function warningsAbout(name: string): Promise<readonly Told[]> {
  const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`
  const { object } = await world.cluster.request('GET', path)
  const events = (object?.items ?? []) as readonly (Told & {
    readonly type: string
    readonly regarding: { readonly name: string }
  })[]
  return events
    .filter(({ type, regarding }) => type === 'Warning' && regarding.name === name)
    .map(({ reason, note }) => ({ reason, note }))
}
