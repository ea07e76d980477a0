import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testSeed } from '../test-seed.ts'
import { apiKeysIn } from './api-keys.ts'
import { inTurns } from './in-turns.ts'
import { expectLaw } from './law.ts'
import { expectNoTokenTold } from './no-token.ts'
import { type OperatorProcess, startOperatorProcess } from './operator-process.ts'
import { type Call, type Fate, type RunningProxy, startProxy } from './proxy.ts'
import { seededRandom } from './random.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

// A thousand ApiKeys at once, in peace and under fire, with the operator as a process of its own.

const random = seededRandom(testSeed)
const names = Array.from({ length: 1_000 }, (_, index) => `key-${index}`)

let world: World
let kubeconfig: string
let operator: OperatorProcess
const outputs: string[] = []
const proxies: RunningProxy[] = []

beforeAll(async () => {
  world = await startWorld({ namespaces: [] })
  kubeconfig = await world.cluster.operatorKubeconfig()
  operator = startOperatorProcess({ kubeconfig })
  await operator.leading()
})
afterAll(async () => {
  await operator?.kill()
  await Promise.all(proxies.map((proxy) => proxy.close()))
  await world?.stop()
})

describe('a thousand ApiKeys applied at once', () => {
  it('are all Ready, each with one live key and a Secret whose token works', async () => {
    await prepare('peace')
    await declareAll('peace')
    await expectThousand('peace')
  })

  it('are so while the operator is killed ten times', async () => {
    const mints = await prepare('kills')
    const declared = declareAll('kills')
    for (let kill = 0; kill < 10; kill++) {
      await mints.next(5 + Math.floor(random() * 80))
      await replaceOperator()
    }
    await declared
    await expectThousand('kills')
  })

  it('are so while the key service fails, defers and loses a tenth of its answers each', async () => {
    await prepare('faults', () => {
      const chance = random()
      if (chance < 0.1) return { kind: 'answer', status: 500 }
      if (chance < 0.2) return { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }
      return { kind: chance < 0.3 ? 'lose' : 'pass' }
    })
    await declareAll('faults')
    await expectThousand('faults')
  })

  it('are so when the API server is killed and started again half-way', async () => {
    const mints = await prepare('restart')
    const declared = declareAll('restart')
    await mints.next(500)
    const { apiServer } = world.cluster.controlPlane.components
    apiServer.kill('SIGKILL')
    await apiServer.exited()
    await apiServer.start()
    await declared
    await expectThousand('restart')
  })

  it('make nobody tell a token', async () => {
    const metrics = await operator.metrics()
    await operator.stop()
    await expectNoTokenTold(world, { metrics, operators: [...outputs, operator.output()].join('') })
  })
})

/** What passes in front of the key service of one namespace. */
interface Mints {
  /** Resolves when so many more keys were asked for than until now. */
  readonly next: (count: number) => Promise<void>
}

interface Goal {
  readonly at: number
  readonly reach: () => void
}

/** Makes a namespace whose key service is behind a proxy that decides about every call. */
async function prepare(
  namespace: string,
  decide: () => Fate = () => ({ kind: 'pass' }),
): Promise<Mints> {
  let minted = 0
  let goal: Goal = { at: Number.POSITIVE_INFINITY, reach: () => undefined }
  const proxy = await startProxy({
    target: world.keyService.url,
    decide({ method, path }: Call) {
      if (method === 'POST' && path === '/apikeys') minted += 1
      if (minted >= goal.at) goal.reach()
      return decide()
    },
  })
  proxies.push(proxy)
  await world.addNamespace(namespace, proxy.url)
  return {
    next: (count) =>
      new Promise((reach) => {
        goal = { at: minted + count, reach }
      }),
  }
}

/** Declares them all; an API server that does not answer is asked again. */
async function declareAll(namespace: string): Promise<void> {
  const path = `/apis/latchkey.dev/v1alpha1/namespaces/${namespace}/apikeys`
  const apiVersion = 'latchkey.dev/v1alpha1'
  await inTurns(names, (name) =>
    until(`${name} is declared`, async () => {
      const body = { apiVersion, kind: 'ApiKey', metadata: { name, namespace }, spec: {} }
      const { status } = await world.cluster.request('POST', path, { body })
      if (status === 201 || status === 409) return true
      throw new Error(`${status}`)
    }),
  )
}

/** Kills the operator in the middle of its work and starts the next one. */
async function replaceOperator(): Promise<void> {
  await operator.kill()
  outputs.push(operator.output())
  // The dead one cannot give its Lease back; waiting for its end would prove nothing more.
  await world.cluster.request(
    'DELETE',
    '/apis/coordination.k8s.io/v1/namespaces/latchkey-system/leases/latchkey-operator',
  )
  operator = startOperatorProcess({ kubeconfig })
}

async function expectThousand(namespace: string): Promise<void> {
  await until(`all of ${namespace} are Ready`, () => allReady(namespace), 500_000, 1_000)
  const holds = async () => {
    const counted = await expectLaw(world, namespace)
    expect(counted).toEqual({ live: names.length, secrets: names.length })
    return true
  }
  await until(`the law holds in ${namespace}`, holds, undefined, 1_000)
}

async function allReady(namespace: string): Promise<boolean> {
  const apiKeys = await apiKeysIn(world, namespace).list()
  const ready = apiKeys.filter(({ status }) =>
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  )
  if (ready.length === names.length) return true
  throw new Error(`${ready.length} of ${apiKeys.length} are Ready`)
}
