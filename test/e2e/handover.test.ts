import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { apiKeysIn } from './api-keys.ts'
import { expectLaw } from './law.ts'
import { expectNoTokenTold } from './no-token.ts'
import { type OperatorProcess, startOperatorProcess } from './operator-process.ts'
import { type Call, type Fate, type RunningProxy, startProxy } from './proxy.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

// Two leaders: the old one has passed its check and sent a call that is still on its way when it is paused. Another takes
// over and finishes the work; only then the call arrives and the old leader goes on.

const namespace = 'shop'
let world: World
const proxies: RunningProxy[] = []
/** Ways to the API server, each through a proxy of its own. */
const kubeconfigs = { former: '', successor: '' }
/** What holds back a call of either; the calls of both to the key service pass the former's. */
const gates: { former?: Gate; successor?: Gate } = {}
const operators: OperatorProcess[] = []

beforeAll(async () => {
  world = await startWorld({ namespaces: [] })
  const service = await startProxy({ target: world.keyService.url, decide: passing('former') })
  proxies.push(service)
  await world.addNamespace(namespace, service.url)
  kubeconfigs.former = await connect('former')
  kubeconfigs.successor = await connect('successor')
})
afterAll(async () => {
  await Promise.all(operators.map((operator) => operator.kill()))
  await Promise.all(proxies.map((proxy) => proxy.close()))
  await world?.stop()
})

const calls = [
  { title: 'its mint', name: 'mint', method: 'POST', path: /^\/apikeys$/ },
  {
    title: 'its write of the Secret',
    name: 'secret',
    method: 'POST',
    path: /\/shop\/secrets(\?|$)/,
  },
  { title: 'its acknowledgement', name: 'activate', method: 'POST', path: /\/activate$/ },
] as const

describe.each(calls)('a leader paused in the middle of $title', ({ name, method, path }) => {
  it('does no harm when it goes on: one key, its token in the Secret works, no orphan', async () => {
    const { former, successor } = await startPair()
    const gate = createGate((call) => call.method === method && path.test(call.path))
    gates.former = gate
    const keys = apiKeysIn(world, namespace)
    await keys.declare(name)
    await gate.arrival
    former.signal('SIGSTOP')
    await successor.leading()
    await keys.ready(name)

    gate.open()
    former.signal('SIGCONT')
    await endPair(former, successor, name)
  })
})

describe('a leader paused in the middle of its write of the Secret', () => {
  it('does no harm when the write arrives before that of its successor', async () => {
    const { former, successor } = await startPair()
    const isWrite = ({ method, path }: Call) => method === 'POST' && path.includes('/shop/secrets')
    const early = createGate(isWrite)
    const late = createGate(isWrite)
    Object.assign(gates, { former: early, successor: late })
    const keys = apiKeysIn(world, namespace)
    await keys.declare('raced')
    await early.arrival
    former.signal('SIGSTOP')
    await late.arrival

    // What it writes is a token that its successor's mint has replaced already.
    early.open()
    await until('its Secret is there', async () => keys.secret('raced'))
    late.open()
    former.signal('SIGCONT')
    await keys.ready('raced')
    await endPair(former, successor, 'raced')
  })
})

describe('after all of that', () => {
  it('no token was told to anybody', async () => {
    await expectNoTokenTold(world, {
      operators: operators.map((operator) => operator.output()).join(''),
    })
  })
})

/** Holds the first call of its kind until it is opened. */
interface Gate {
  readonly pass: (call: Call) => Promise<void>
  readonly open: () => void
  /** Resolves when the call has come. */
  readonly arrival: Promise<void>
}

function createGate(isMeant: (call: Call) => boolean): Gate {
  const opening = Promise.withResolvers<void>()
  const arrival = Promise.withResolvers<void>()
  let held = false
  return {
    async pass(call) {
      if (held || !isMeant(call)) return
      held = true
      arrival.resolve()
      await opening.promise
    },
    open: opening.resolve,
    arrival: arrival.promise,
  }
}

function passing(whose: keyof typeof gates): (call: Call) => Promise<Fate> {
  return async (call) => {
    await gates[whose]?.pass(call)
    return { kind: 'pass' }
  }
}

/** Opens a way of its own to the API server, and gives the kubeconfig for it. */
async function connect(whose: keyof typeof gates): Promise<string> {
  const { url, caPem, dataDir } = world.cluster.controlPlane
  // The API server's own certificate: it is good for every port of this address.
  const cert = await readFile(join(dataDir, 'pki/serving.crt'), 'utf8')
  const key = await readFile(join(dataDir, 'pki/serving.key'), 'utf8')
  const tls = { cert, key, ca: caPem }
  const proxy = await startProxy({ target: url, tls, decide: passing(whose) })
  proxies.push(proxy)
  const direct = await readFile(await world.cluster.operatorKubeconfig(), 'utf8')
  const path = join(dataDir, `${whose}.kubeconfig`)
  await writeFile(path, direct.replace(url, proxy.url), { mode: 0o600 })
  return path
}

/** Two operators, of which the first leads. */
async function startPair() {
  const former = startOperatorProcess({ kubeconfig: kubeconfigs.former })
  operators.push(former)
  await former.leading()
  const successor = startOperatorProcess({ kubeconfig: kubeconfigs.successor })
  operators.push(successor)
  onTestFinished(async () => {
    await Promise.all([former.kill(), successor.kill()])
  })
  return { former, successor }
}

/** Ends both in order; the law holds with and without the successor at work. */
async function endPair(
  former: OperatorProcess,
  successor: OperatorProcess,
  name: string,
): Promise<void> {
  await until('the former leader knows that it is not', async () =>
    former.output().includes('"msg":"Not leading any more"'),
  )
  await former.stop()
  expect(await apiKeysIn(world, namespace).live(name)).toHaveLength(1)
  await expectLaw(world, namespace)
  await successor.stop()
  await expectLaw(world, namespace)
}
