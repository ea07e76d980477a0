import type { Condition } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiKeysIn } from './api-keys.ts'
import { expectLaw } from './law.ts'
import { type Fate, type RunningProxy, startProxy } from './proxy.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

// A service whose change feed fails is a service all the same: its keys are listed instead, its KeyService says so, and the
// feed is taken up again when it works.

interface Outage {
  /** Also the name of the namespace. */
  readonly name: string
  readonly title: string
  /** Part of the path of the calls that fail. */
  readonly path: string
  readonly answer: Fate
  readonly reason: string
  readonly sentence: RegExp
}

const outages: readonly Outage[] = [
  {
    name: 'failing',
    title: 'fails',
    path: '/events',
    answer: { kind: 'answer', status: 500 },
    reason: 'ServiceUnavailable',
    sentence: /noticed within 1 seconds\. .*answered 500/,
  },
  {
    name: 'missing',
    title: 'is not there',
    path: '/events',
    answer: { kind: 'answer', status: 404 },
    reason: 'MethodNotAllowed',
    sentence: /It has no change feed/,
  },
  {
    name: 'garbled',
    title: 'answers something else',
    path: '/events',
    answer: { kind: 'answer', status: 200, body: '<!doctype html>' },
    reason: 'ServiceUnavailable',
    sentence: /does not speak the key service's protocol/,
  },
  {
    name: 'streamless',
    title: 'has a position and no stream',
    path: '/events?watch',
    answer: { kind: 'answer', status: 501 },
    reason: 'ServiceUnavailable',
    sentence: /answered 501/,
  },
]

let world: World
const proxies: RunningProxy[] = []
const mended = new Set<string>()

beforeAll(async () => {
  world = await startWorld({ namespaces: [] })
  for (const { name, path, answer } of outages) {
    const proxy = await startProxy({
      target: world.keyService.url,
      decide: (call) =>
        call.path.startsWith(path) && !mended.has(name) ? answer : { kind: 'pass' },
    })
    proxies.push(proxy)
    await world.addNamespace(name, proxy.url)
  }
  const operator = await world.startOperator({ listIntervalMilliseconds: 1_000 })
  await operator.leading()
})
afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()))
  await world?.stop()
})

describe.concurrent.each(outages)('a change feed that $title', (outage) => {
  const { name: namespace, reason, sentence } = outage

  it('is told, its service is listed instead, and it is followed again when it works', async () => {
    const keys = apiKeysIn(world, namespace)
    await keys.declare('api')
    const { status } = await keys.ready('api')
    const following = await conditionOf(namespace, 'Following', 'False')
    expect(following.reason).toBe(reason)
    expect(following.message).toMatch(sentence)
    expect(await conditionOf(namespace, 'Ready', 'True')).toMatchObject({ reason: 'Ready' })

    const token = await keys.token('api')
    await world.service.revoke(status?.current?.keyId ?? '')
    await keys.otherToken('api', token)

    mended.add(namespace)
    await conditionOf(namespace, 'Following', 'True')
    await keys.ready('api')
    await expectLaw(world, namespace)
  })
})

/** Waits until this condition of the namespace's KeyService has this status. */
function conditionOf(namespace: string, type: string, status: string): Promise<Condition> {
  const path = `/apis/latchkey.dev/v1alpha1/namespaces/${namespace}/keyservices/bundled`
  return until(`${namespace}: ${type} is ${status}`, async () => {
    const { object } = await world.cluster.request('GET', path)
    const { conditions = [] } = (object?.status ?? {}) as { conditions?: readonly Condition[] }
    return conditions.find((condition) => condition.type === type && condition.status === status)
  })
}
