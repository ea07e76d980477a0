import { createTransport, loadClusterAccess, type Operator } from '@latchkey/operator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiKeys, apiKeysIn } from './api-keys.ts'
import { type Cut, type Cutter, createCutter, cutPoints } from './cutter.ts'
import { expectLaw } from './law.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

// Every external call of the paths that mint or revoke is cut, one by one, in three places. The list of calls is
// recorded from a run without a cut, so that a call added later is cut too. After each cut another operator takes over, and
// what must hold is the law: the live keys are exactly those recorded, and the token in the Secret works.

const namespace = 'shop'
const lease = '/apis/coordination.k8s.io/v1/namespaces/latchkey-system/leases/latchkey-operator'
let world: World
let shop: ApiKeys
let counter = 0

beforeAll(async () => {
  world = await startWorld({ namespaces: [namespace] })
  shop = apiKeysIn(world, namespace)
})
afterAll(async () => {
  await world?.stop()
})

/** One path: what is there before it, and what a person does to start it. */
interface Path {
  readonly title: string
  readonly before?: object
  readonly start: (name: string) => Promise<void>
  readonly isOver: (name: string) => Promise<boolean>
}

const paths: readonly Path[] = [
  {
    title: 'issuing',
    start: (name) => shop.declare(name, {}),
    isOver: isReady,
  },
  {
    title: 'replacing a key and its Secret',
    before: {},
    start: (name) =>
      shop.declare(name, { secret: { data: { key: 'k={{ token }}', token: '{{ token }}' } } }),
    isOver: async (name) =>
      (await isReady(name)) && (await shop.secret(name))?.data.key !== undefined,
  },
  {
    title: 'issuing again after the Secret was deleted',
    before: {},
    start: async (name) => {
      await world.cluster.request('DELETE', `/api/v1/namespaces/${namespace}/secrets/${name}`)
    },
    isOver: async (name) => (await isReady(name)) && (await shop.secret(name)) !== undefined,
  },
  {
    title: 'deleting',
    before: {},
    start: (name) => shop.remove(name),
    isOver: async (name) => {
      if ((await shop.read(name)) !== undefined) return false
      // What the garbage collector would do in its own time, some twenty seconds later.
      await world.cluster.request('DELETE', `/api/v1/namespaces/${namespace}/secrets/${name}`)
      return true
    },
  },
]

describe.each(paths)('$title', (path) => {
  it('holds the law wherever any of its calls is cut', async () => {
    const calls = await record(path)
    expect(calls.length).toBeGreaterThan(3)
    for (const [call, title] of calls.entries()) {
      for (const point of cutPoints) {
        await expect(
          cutOnce(path, { call, point }),
          `${title} cut ${point}`,
        ).resolves.toBeUndefined()
      }
    }
  })
})

/** Runs the path without a cut and answers with its calls. */
async function record(path: Path): Promise<readonly string[]> {
  const { name, operator, cutter } = await prepare(path)
  cutter.arm()
  await path.start(name)
  await settled(path, name, operator)
  await expectLaw(world, namespace)
  await operator.stop()
  return [...cutter.calls()]
}

async function cutOnce(path: Path, cut: Cut): Promise<void> {
  const { name, operator, cutter } = await prepare(path)
  cutter.arm(cut)
  await path.start(name)
  await cutter.tripped
  // The dead one cannot give its Lease back; waiting for its end would prove nothing more.
  await world.cluster.request('DELETE', lease)
  const successor = await world.startOperator()
  await successor.leading()
  await settled(path, name, successor)
  await expectLaw(world, namespace)
  cutter.bury()
  await Promise.all([successor.stop(), operator.stop()])
}

async function prepare(path: Path): Promise<{ name: string; operator: Operator; cutter: Cutter }> {
  counter += 1
  const name = `key-${counter}`
  const kubeconfig = await world.cluster.operatorKubeconfig()
  const cutter = createCutter(createTransport(loadClusterAccess({ path: kubeconfig, env: {} })))
  const operator = await world.startOperator({
    transport: cutter.transport,
    openHttp: cutter.openHttp,
  })
  await operator.leading()
  await until('the operator is at rest', async () => operator.isIdle())
  if (path.before !== undefined) {
    await shop.declare(name, path.before)
    await until(`${name} is Ready`, async () => (await isReady(name)) && operator.isIdle())
  }
  return { name, operator, cutter }
}

async function isReady(name: string): Promise<boolean> {
  const apiKey = await shop.read(name)
  const ready = apiKey?.status?.conditions?.find(({ type }) => type === 'Ready')
  return ready?.status === 'True' && ready.observedGeneration === apiKey?.metadata.generation
}

async function settled(path: Path, name: string, operator: Operator): Promise<void> {
  await until(
    `${path.title} of ${name} is over`,
    async () => (await path.isOver(name)) && operator.isIdle(),
  )
}
