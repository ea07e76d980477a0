import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { createTransport, loadClusterAccess } from '@latchkey/operator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiKeysIn } from './api-keys.ts'
import { type BadService, closedPort, startAnswering, startBlackHole } from './bad-services.ts'
import { type CallCounter, createCallCounter } from './call-counter.ts'
import { expectLaw, expectStatusLaws } from './law.ts'
import { expectNoTokenTold } from './no-token.ts'
import { type RunningProxy, startProxy } from './proxy.ts'
import { startWorld, type World } from './world.ts'

// What a person can get wrong: every trouble gets a reason and a sentence that says what to do, is met with patience, mints
// nothing, and is over as soon as its cause is. Each one has a namespace of its own with five ApiKeys in it.

const group = 'latchkey.dev/v1alpha1'
const names = Array.from({ length: 5 }, (_, index) => `key-${index}`)

let world: World
let calls: CallCounter
let token: string
let port: number
let blackHole: BadService
let website: BadService
let nothing: BadService
let opened: RunningProxy | undefined

interface Trouble {
  /** Also the name of the namespace. */
  readonly name: string
  readonly title: string
  readonly spec?: object
  readonly serviceUrl?: () => string
  readonly prepare: (namespace: string) => Promise<void>
  readonly reason: string
  /** Whether time alone may end it. */
  readonly kind: 'Reconciling' | 'Stalled'
  readonly sentence: RegExp
  readonly mend: (namespace: string) => Promise<void>
}

const troubles: readonly Trouble[] = [
  // The slow ones first, so that the others run beside them.
  {
    name: 'silent',
    title: 'a key service that never answers',
    serviceUrl: () => blackHole.url,
    prepare: (namespace) => withService(namespace, blackHole.url),
    reason: 'Timeout',
    kind: 'Reconciling',
    sentence: /did not answer in time: check spec\.url and the network/,
    mend: pointToService,
  },
  {
    name: 'refused',
    title: 'a credential that the service refuses',
    serviceUrl: () => world.keyService.url,
    async prepare(namespace) {
      await withService(namespace)
      await writeCredential(namespace, 'lk_not-a-token')
    },
    reason: 'ServiceUnauthorized',
    kind: 'Stalled',
    sentence: /put a working one into the Secret that spec\.credentials names/,
    mend: (namespace) => writeCredential(namespace, token),
  },
  {
    name: 'uncredited',
    title: 'a credential that is not there',
    async prepare(namespace) {
      await addNamespace(namespace)
      await addService(namespace, 'bundled')
    },
    reason: 'CredentialNotFound',
    kind: 'Stalled',
    sentence: /Secret uncredited\/latchkey-credential does not exist: create it/,
    mend: (namespace) => writeCredential(namespace, token),
  },
  {
    name: 'scope',
    title: 'a scope that the account lacks',
    spec: { scopes: ['billing:read', 'crm:delete'] },
    serviceUrl: () => world.keyService.url,
    prepare: withService,
    reason: 'ScopeNotGranted',
    kind: 'Stalled',
    sentence: /crm:delete.*leave it out/,
    mend: (namespace) => declareAll(namespace, { scopes: ['billing:read'] }),
  },
  {
    name: 'past',
    title: 'an expiration in the past',
    spec: { expiration: { time: '2020-01-01T00:00:00Z' } },
    prepare: withService,
    reason: 'ExpirationInPast',
    kind: 'Stalled',
    sentence: /choose a later time or remove it/,
    mend: (namespace) => declareAll(namespace, {}),
  },
  {
    name: 'unnamed',
    title: 'no default key service',
    prepare: addNamespace,
    reason: 'ServiceNotFound',
    kind: 'Stalled',
    sentence: /set spec\.serviceRef, or spec\.default of a KeyService/,
    mend: withService,
  },
  {
    name: 'missing',
    title: 'a key service that does not exist',
    spec: { serviceRef: { name: 'bundled' } },
    prepare: addNamespace,
    reason: 'ServiceNotFound',
    kind: 'Stalled',
    sentence: /create it, or name another in spec\.serviceRef/,
    mend: withService,
  },
  {
    name: 'closed',
    title: 'a key service at whose port nothing listens',
    serviceUrl: () => `http://127.0.0.1:${port}`,
    prepare: (namespace) => withService(namespace, `http://127.0.0.1:${port}`),
    reason: 'ServiceUnreachable',
    kind: 'Reconciling',
    sentence: /check spec\.url and the network/,
    async mend() {
      opened = await startProxy({ target: world.keyService.url, port })
    },
  },
  {
    name: 'website',
    title: 'a web site instead of a key service',
    serviceUrl: () => website.url,
    prepare: (namespace) => withService(namespace, website.url),
    reason: 'ServiceUnavailable',
    kind: 'Reconciling',
    sentence: /check spec\.url, its path included, and spec\.driver/,
    mend: pointToService,
  },
  {
    name: 'astray',
    title: 'a path at which the key service does not answer',
    serviceUrl: () => `${world.keyService.url}/keys`,
    prepare: (namespace) => withService(namespace, `${world.keyService.url}/keys`),
    reason: 'NotFound',
    kind: 'Reconciling',
    sentence:
      /No key service answers at .*\/keys: there is no .*\/keys\/whoami\. Correct spec\.url/,
    mend: pointToService,
  },
  {
    name: 'nothing',
    title: 'a server that knows no path of ours',
    serviceUrl: () => nothing.url,
    prepare: (namespace) => withService(namespace, nothing.url),
    reason: 'NotFound',
    kind: 'Reconciling',
    sentence: /No key service answers at .* Correct spec\.url/,
    mend: pointToService,
  },
  {
    name: 'ambiguous',
    title: 'two default key services',
    async prepare(namespace) {
      await withService(namespace)
      await addService(namespace, 'another')
    },
    reason: 'ServiceAmbiguous',
    kind: 'Stalled',
    sentence:
      /another and bundled are both the default: set spec\.serviceRef, or leave one default/,
    mend: (namespace) => patchService(namespace, 'another', { default: false }),
  },
]

beforeAll(async () => {
  const permissions = [{ name: 'billing:read' }]
  world = await startWorld({ namespaces: ['elsewhere'], keyService: { permissions } })
  token = (await readFile(world.keyService.adminCredentialFile, 'utf8')).trim()
  port = await closedPort()
  blackHole = await startBlackHole()
  website = await startAnswering(200, 'text/html', '<!doctype html><title>Welcome</title>')
  nothing = await startAnswering(404, 'text/plain', 'not found')
  const path = await world.cluster.operatorKubeconfig()
  calls = createCallCounter(createTransport(loadClusterAccess({ path, env: {} })))
  await Promise.all(
    troubles.map(async ({ name, spec = {}, prepare }) => {
      await prepare(name)
      await declareAll(name, spec)
    }),
  )
  const operator = await world.startOperator({
    transport: calls.transport,
    openHttp: calls.openHttp,
  })
  await operator.leading()
})
afterAll(async () => {
  await opened?.close()
  for (const service of [blackHole, website, nothing]) service?.close()
  await world?.stop()
})

describe.concurrent.each(troubles)('$title', (trouble) => {
  const { name: namespace, reason, kind, sentence } = trouble

  it('is told with a sentence that says what to do, met with patience, and over with its cause', async () => {
    const keys = apiKeysIn(world, namespace)
    for (const name of names) expect(await keys.notReady(name, reason)).toMatch(sentence)
    for (const apiKey of await keys.list()) {
      expectStatusLaws(apiKey)
      expect(apiKey.status?.conditions?.map(({ type }) => type)).toContain(kind)
    }
    expect(await callsWithin(5_000, trouble)).toBeLessThan(25)
    expect(await world.service.marked(namespace)).toEqual([])
    for (const name of names) expect(await keys.secret(name)).toBeUndefined()

    await trouble.mend(namespace)
    for (const name of names) await keys.ready(name)
    await expectLaw(world, namespace)
  })
})

describe('a field that does not exist', () => {
  it('is refused by the API server, with its name', async () => {
    const apiKey = {
      apiVersion: group,
      kind: 'ApiKey',
      metadata: { name: 'misspelt', namespace: 'elsewhere' },
      spec: { scops: ['billing:read'] },
    }
    await expect(world.cluster.apply([apiKey])).rejects.toThrow(/scops/)
    expect(await apiKeysIn(world, 'elsewhere').read('misspelt')).toBeUndefined()
  })
})

describe('after all of that', () => {
  it('no token was told to anybody', async () => {
    await expectNoTokenTold(world)
  })
})

/** What five ApiKeys in trouble cost both servers in that time. */
async function callsWithin(milliseconds: number, trouble: Trouble): Promise<number> {
  const url = trouble.serviceUrl?.()
  // Several namespaces talk to the one real service at once: there the ApiKeys' own calls count.
  const counted = url === world.keyService.url ? undefined : url
  const before = calls.callsOf(trouble.name, counted)
  await delay(milliseconds)
  return calls.callsOf(trouble.name, counted) - before
}

async function declareAll(namespace: string, spec: object): Promise<void> {
  await world.cluster.apply(
    names.map((name) => ({
      apiVersion: group,
      kind: 'ApiKey',
      metadata: { name, namespace },
      spec,
    })),
  )
}

async function addNamespace(name: string): Promise<void> {
  await world.cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }])
}

async function withService(namespace: string, url = world.keyService.url): Promise<void> {
  await world.addNamespace(namespace, url)
}

async function addService(namespace: string, name: string): Promise<void> {
  const spec = {
    url: world.keyService.url,
    default: true,
    credentials: { tokenRef: { name: 'latchkey-credential' } },
  }
  await world.cluster.apply([
    { apiVersion: group, kind: 'KeyService', metadata: { name, namespace }, spec },
  ])
}

async function pointToService(namespace: string): Promise<void> {
  await patchService(namespace, 'bundled', { url: world.keyService.url })
}

async function patchService(namespace: string, name: string, spec: object): Promise<void> {
  const path = `/apis/${group}/namespaces/${namespace}/keyservices/${name}`
  const { status } = await world.cluster.request('PATCH', path, { body: { spec } })
  expect(status).toBe(200)
}

async function writeCredential(namespace: string, text: string): Promise<void> {
  await world.cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'latchkey-credential', namespace },
      stringData: { token: text },
    },
  ])
}
