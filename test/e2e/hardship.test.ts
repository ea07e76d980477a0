import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiKeys, apiKeysIn } from './api-keys.ts'
import { expectNoTokenTold } from './no-token.ts'
import { type Fate, type RunningProxy, startProxy } from './proxy.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

// What an operator meets that is neither a fault nor a typing error: a Secret that the API server will not take, one that
// somebody stripped of its labels or put his own on, a credential that came late, a service that refuses one verb alone.

let world: World
let keys: ApiKeys
let proxy: RunningProxy
let calls: string[] = []
let decide: (method: string) => Fate = () => ({ kind: 'pass' })

beforeAll(async () => {
  world = await startWorld({ namespaces: ['shop'] })
  keys = apiKeysIn(world, 'shop')
  proxy = await startProxy({
    target: world.keyService.url,
    decide({ method, path }) {
      calls.push(`${method} ${path.split('?')[0]}`)
      return path.startsWith('/apikeys') ? decide(method) : { kind: 'pass' }
    },
  })
  await world.addNamespace('fussy', proxy.url)
  const operator = await world.startOperator()
  await operator.leading()
})
afterAll(async () => {
  await proxy?.close()
  await world?.stop()
})

/** A second was enough for a thousand calls. */
const aStormWouldHaveHappened = 5_000

/** Everything that was ever issued for an ApiKey of `shop`, dead or alive. */
async function issued(name: string) {
  const marked = await world.service.marked('shop')
  return marked.filter(({ metadata }) => metadata['latchkey.dev/name'] === name)
}

const kubectl = (...args: readonly string[]) => world.cluster.kubectl(...args)

/** The data of a Secret as it lies there. */
async function dataOf(namespace: string, name: string): Promise<Record<string, string>> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`
  const { object } = await world.cluster.request('GET', path)
  return (object as unknown as { readonly data: Record<string, string> }).data
}

const noDockerConfig = {
  secret: {
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': '{{ token }}' },
  },
}

describe('a Secret that the API server does not take', () => {
  it('costs one key, which is revoked, and no more however often it is looked at', async () => {
    await keys.declare('refused', noDockerConfig)
    expect(await keys.notReady('refused', 'SecretNotWritable')).toContain('.dockerconfigjson')
    for (const note of ['one', 'two', 'three']) {
      await kubectl('annotate', '-n', 'shop', 'apikey', 'refused', `look=${note}`, '--overwrite')
      await kubectl('label', '-n', 'shop', 'apikey', 'refused', `look=${note}`, '--overwrite')
    }
    await keys.declare('refused', { ...noDockerConfig, description: 'looked at once more' })
    await keys.notReady('refused', 'SecretNotWritable')
    expect((await issued('refused')).map(({ state }) => state)).toEqual(['revoked'])
  })

  it('does not take the place of one that works', async () => {
    await keys.declare('reshaped')
    await keys.ready('reshaped')
    const token = await keys.token('reshaped')
    await keys.declare('reshaped', noDockerConfig)
    await keys.notReady('reshaped', 'SecretNotWritable')
    expect(await keys.token('reshaped')).toBe(token)
    expect(await world.service.verify(token)).toMatchObject({ valid: true })
    await keys.declare('reshaped')
    await keys.ready('reshaped')
    expect(await keys.token('reshaped')).toBe(token)
  })
})

it('issues nothing for a Secret that lost our label, and says what is the matter until it has it again', async () => {
  await keys.declare('stripped')
  await keys.ready('stripped')
  const token = await keys.token('stripped')
  const label = (change: string) => kubectl('label', '-n', 'shop', 'secret', 'stripped', change)
  // The operator may not write what does not carry its label, so it cannot put it back itself.
  await label('app.kubernetes.io/managed-by-')
  expect(await keys.notReady('stripped', 'SecretNotWritable')).toContain(
    'lacks the label app.kubernetes.io/managed-by: latchkey',
  )
  await label('app.kubernetes.io/managed-by=latchkey')
  await keys.ready('stripped')
  expect(await keys.token('stripped')).toBe(token)
  expect(await issued('stripped')).toHaveLength(1)
})

it('leaves what others put on a Secret, also with another token and in another form', async () => {
  await keys.declare('decorated', { secret: { labels: { team: 'a', tier: 'b' } } })
  const { status } = await keys.ready('decorated')
  const first = await keys.token('decorated')
  const theirs = {
    labels: { 'velero.io/exclude-from-backup': 'true' },
    annotations: { 'reflector.example/allowed': 'true', note: 'by hand' },
  }
  await world.cluster.request('PATCH', '/api/v1/namespaces/shop/secrets/decorated', {
    body: { metadata: { ...theirs, finalizers: ['example.com/backup'] } },
  })
  await world.service.revoke(status?.current?.keyId ?? '')
  const second = await keys.otherToken('decorated', first)
  expect(await keys.secret('decorated')).toMatchObject({
    labels: { ...theirs.labels, team: 'a', tier: 'b' },
    annotations: theirs.annotations,
    finalizers: ['example.com/backup'],
  })

  await world.cluster.request('PATCH', '/api/v1/namespaces/shop/secrets/decorated', {
    body: { metadata: { finalizers: null } },
  })
  const data = { token: '{{ token }}', id: '{{ keyId }}' }
  await keys.declare('decorated', { secret: { data, labels: { tier: 'c' } } })
  await keys.otherToken('decorated', second)
  const after = await keys.secret('decorated')
  expect(after).toMatchObject(theirs)
  expect(after?.labels).toMatchObject({ tier: 'c' })
  expect(after?.labels).not.toHaveProperty('team')
})

it('revokes every key of a namespace whose credential came after its service', async () => {
  const late = apiKeysIn(world, 'late')
  await world.addNamespace('late')
  const data = await dataOf('shop', 'latchkey-credential')
  // As a tool does that keeps Secrets elsewhere: it makes the Secret anew, without our finalizer.
  const path = '/api/v1/namespaces/late/secrets/latchkey-credential'
  await world.cluster.request('PATCH', path, { body: { metadata: { finalizers: null } } })
  await world.cluster.request('DELETE', path)
  await world.cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'latchkey-credential', namespace: 'late' },
      data,
    },
  ])
  await late.declare('one')
  await late.ready('one')
  // Something about the service changes, so it is looked at.
  await kubectl(
    'patch',
    '-n',
    'late',
    'keyservice',
    'bundled',
    '--type=merge',
    '-p',
    '{"spec":{"account":"default"}}',
  )
  await until('the credential is held', async () => {
    const { object } = await world.cluster.request('GET', path)
    const { metadata } = object as unknown as { metadata: { finalizers?: string[] } }
    return metadata.finalizers?.includes('latchkey.dev/in-use')
  })
  await kubectl('delete', 'namespace', 'late', '--timeout=60s')
  expect(await world.service.live('late')).toEqual([])
})

it('lets a credential go that its service does not name any more, and the namespace with it', async () => {
  await world.addNamespace('moved')
  const moved = apiKeysIn(world, 'moved')
  await moved.declare('one')
  await moved.ready('one')
  const token = Buffer.from((await dataOf('moved', 'latchkey-credential')).token ?? '', 'base64')
  await kubectl(
    'create',
    'secret',
    'generic',
    '-n',
    'moved',
    'other',
    `--from-literal=token=${token}`,
  )
  const spec = { credentials: { tokenRef: { name: 'other' } } }
  await kubectl(
    'patch',
    '-n',
    'moved',
    'keyservice',
    'bundled',
    '--type=merge',
    '-p',
    JSON.stringify({ spec }),
  )
  await kubectl('delete', '-n', 'moved', 'secret', 'latchkey-credential', '--timeout=30s')
  await kubectl('delete', 'namespace', 'moved', '--timeout=60s')
  expect(await world.service.live('moved')).toEqual([])
})

it('revokes the keys of a namespace that a ClusterKeyService is no longer for', async () => {
  await kubectl('create', 'namespace', 'narrowed')
  const narrowed = apiKeysIn(world, 'narrowed')
  const central = (namespaces: readonly string[]) => ({
    apiVersion: 'latchkey.dev/v1alpha1',
    kind: 'ClusterKeyService',
    metadata: { name: 'central' },
    spec: {
      url: world.keyService.url,
      secretNamespace: 'shop',
      namespaces,
      scopes: ['*'],
      credentials: { tokenRef: { name: 'latchkey-credential' } },
    },
  })
  await world.cluster.apply([central(['narrowed'])])
  await narrowed.declare('one', { serviceRef: { kind: 'ClusterKeyService', name: 'central' } })
  await narrowed.ready('one')
  await world.cluster.apply([central([])])
  await kubectl('delete', 'namespace', 'narrowed', '--timeout=60s')
  expect(await world.service.live('narrowed')).toEqual([])
  await kubectl('delete', 'clusterkeyservice', 'central', '--timeout=30s')
})

it('does not storm a service that knows us and refuses to issue', async () => {
  const fussy = apiKeysIn(world, 'fussy')
  decide = (method) => (method === 'POST' ? { kind: 'answer', status: 401 } : { kind: 'pass' })
  for (const name of ['one', 'two', 'three']) await fussy.declare(name)
  await fussy.notReady('one', 'ServiceUnauthorized')
  calls = []
  await delay(aStormWouldHaveHappened)
  const tries = calls.filter((call) => call === 'POST /apikeys')
  expect(tries.length).toBeLessThan(20)
  decide = () => ({ kind: 'pass' })
  for (const name of ['one', 'two', 'three']) await fussy.ready(name)
})

it('says so where no client can use the URL of a service', async () => {
  await world.addNamespace('beyond', 'http://127.0.0.1:99999')
  const beyond = apiKeysIn(world, 'beyond')
  await beyond.declare('one')
  expect(await beyond.notReady('one', 'Invalid')).toMatch(/correct spec\.url/)
})

it('has told no token to anybody', async () => {
  await expectNoTokenTold(world)
})
