import { isLive } from '@latchkey/core'
import type { Operator } from '@latchkey/operator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiKeys, apiKeysIn } from './api-keys.ts'
import { expectLaw } from './law.ts'
import { expectNoTokenTold } from './no-token.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

// The life of single ApiKeys, from YAML to a Secret and to the end, with the operator as its ServiceAccount.

let world: World
let operator: Operator
let keys: ApiKeys
const retained: string[] = []

beforeAll(async () => {
  world = await startWorld({ namespaces: ['shop', 'outage', 'moving'] })
  keys = apiKeysIn(world, 'shop')
  operator = await world.startOperator({ listIntervalMilliseconds: 1_000 })
  await operator.leading()
})
afterAll(async () => {
  await world?.stop()
})

describe.concurrent('an ApiKey', () => {
  // The slow ones first, so that the others run beside them.
  it('is rotated: the token before works through the grace period, and no longer', async () => {
    await keys.declare('rotated', { rotation: { period: '60s', gracePeriod: '5s' } })
    const first = (await keys.ready('rotated')).status
    const token = await keys.token('rotated')
    expect(first?.nextRotationTime).toBeDefined()
    // A reconcile of its own rotates it; nothing wakes it but its timer.
    const second = await until('it is rotated', async () => {
      const { status } = (await keys.read('rotated')) ?? {}
      return status?.current?.revision === 2 && status
    })
    expect(second.previous).toMatchObject([{ keyId: first?.current?.keyId }])
    expect(await world.service.verify(await keys.token('rotated'))).toMatchObject({
      valid: true,
      keyId: second.current?.keyId,
    })
    await until('the first token is over', async () => {
      const verdict = await world.service.verify(token)
      return !verdict.valid && verdict.reason === 'KeyRevoked'
    })
    await until('the status forgets it', async () => {
      const { status } = (await keys.read('rotated')) ?? {}
      return status?.previous === undefined
    })
  })

  it('writes no Secret that belongs to somebody else, mints nothing, and goes on when it is gone', async () => {
    await world.cluster.kubectl('create', 'secret', 'generic', '-n', 'shop', 'foreign')
    const before = await keys.secret('foreign')
    await keys.declare('foreign')
    const sentence = await keys.notReady('foreign', 'SecretConflict')
    expect(sentence).toMatch(/delete it or set spec\.secret\.name/)
    await operatorRests()
    expect(await keys.live('foreign')).toEqual([])
    expect(await keys.secret('foreign')).toEqual(before)
    await world.cluster.kubectl('delete', 'secret', '-n', 'shop', 'foreign')
    await keys.ready('foreign')
  })

  it('shares no Secret with another: the first keeps it, the other gets it when the first goes', async () => {
    await keys.declare('first', { secret: { name: 'wanted' } })
    const { status } = await keys.ready('first')
    await keys.declare('second', { secret: { name: 'wanted' } })
    await keys.notReady('second', 'SecretConflict')
    await operatorRests()
    expect(await keys.live('second')).toEqual([])
    expect(await world.service.verify(await keys.token('wanted'))).toMatchObject({
      valid: true,
      keyId: status?.current?.keyId,
    })
    await keys.remove('first')
    await keys.ready('second')
  })

  it('becomes a Secret whose token works', async () => {
    await keys.declare('plain', { scopes: ['billing:read'] })
    const { metadata, status } = await keys.ready('plain')
    const secret = await keys.secret('plain')
    expect(secret).toMatchObject({ type: 'Opaque', data: { token: expect.any(String) } })
    expect(await world.service.verify(await keys.token('plain'))).toMatchObject({
      valid: true,
      keyId: status?.current?.keyId,
      scopes: ['billing:read'],
    })
    expect(metadata.finalizers).toContain('latchkey.dev/revoke')
    expect(await keys.live('plain')).toMatchObject([
      { displayName: 'shop/plain', state: 'active', scopes: ['billing:read'] },
    ])
  })

  it('changes name and scopes of its key in place: same key, same token', async () => {
    await keys.declare('renamed', { scopes: ['billing:read'] })
    const before = await keys.ready('renamed')
    const token = await keys.token('renamed')
    await keys.declare('renamed', { displayName: 'Billing', scopes: ['billing:write', 'crm:read'] })
    const after = await keys.ready('renamed')
    expect(after.status?.current?.keyId).toBe(before.status?.current?.keyId)
    expect(await keys.token('renamed')).toBe(token)
    expect(await keys.live('renamed')).toMatchObject([
      { displayName: 'Billing', scopes: ['billing:write', 'crm:read'] },
    ])
  })

  it('gets a new key when its Secret is deleted, and the lost one is revoked', async () => {
    await keys.declare('lost')
    await keys.ready('lost')
    const token = await keys.token('lost')
    await world.cluster.kubectl('delete', 'secret', '-n', 'shop', 'lost')
    await keys.otherToken('lost', token)
    await replaced('lost', token)
  })

  it('gets a new key when somebody changes the data of its Secret', async () => {
    await keys.declare('tampered')
    await keys.ready('tampered')
    const token = await keys.token('tampered')
    await world.cluster.request('PATCH', '/api/v1/namespaces/shop/secrets/tampered', {
      body: { stringData: { token: 'something else' } },
    })
    await until('the token is a new one', async () => {
      const now = await keys.token('tampered')
      return now !== token && now !== 'something else'
    })
    await replaced('tampered', token)
  })

  it('gets a new key when its key is revoked at the service', async () => {
    await keys.declare('revoked')
    const { status } = await keys.ready('revoked')
    const token = await keys.token('revoked')
    await world.service.revoke(status?.current?.keyId ?? '')
    await keys.otherToken('revoked', token)
    await replaced('revoked', token)
  })

  it('revokes its key when it is deleted, and its Secret goes with it', async () => {
    await keys.declare('deleted')
    await keys.ready('deleted')
    const token = await keys.token('deleted')
    await keys.remove('deleted')
    await keys.gone('deleted')
    expect(await keys.live('deleted')).toEqual([])
    expect(await world.service.verify(token)).toEqual({ valid: false, reason: 'KeyRevoked' })
    await until('the Secret is gone', async () => (await keys.secret('deleted')) === undefined)
  })

  it('issues nothing while it is suspended, and goes on afterwards', async () => {
    await keys.declare('suspended', { suspend: true })
    await keys.notReady('suspended', 'Suspended')
    expect(await keys.live('suspended')).toEqual([])
    await keys.declare('suspended')
    await keys.ready('suspended')
    expect(await keys.live('suspended')).toHaveLength(1)
  })

  it('keeps its key while it is suspended and deleted, until it is not suspended any more', async () => {
    await keys.declare('paused')
    await keys.ready('paused')
    await keys.declare('paused', { suspend: true })
    await keys.remove('paused')
    await until('the reconcile saw both', async () => {
      const apiKey = await keys.read('paused')
      const ready = apiKey?.status?.conditions?.find(({ type }) => type === 'Ready')
      return apiKey?.metadata.deletionTimestamp !== undefined && ready?.reason === 'Suspended'
    })
    expect(await keys.live('paused')).toHaveLength(1)
    await keys.declare('paused')
    await keys.gone('paused')
    expect(await keys.live('paused')).toEqual([])
  })

  it('leaves key and Secret as they are when it is deleted with deletionPolicy Retain', async () => {
    await keys.declare('retained', { deletionPolicy: 'Retain' })
    const { status } = await keys.ready('retained')
    const keyId = status?.current?.keyId ?? ''
    retained.push(keyId)
    await keys.remove('retained')
    await keys.gone('retained')
    const secret = await keys.secret('retained')
    expect(await world.service.verify(secret?.data.token ?? '')).toMatchObject({
      valid: true,
      keyId,
    })
  })

  it('moves to another Secret when secret.name changes, and the old one goes after that', async () => {
    await keys.declare('moved')
    const before = await keys.ready('moved')
    const token = await keys.token('moved')
    await keys.declare('moved', { secret: { name: 'moved-to' } })
    const after = await keys.ready('moved')
    expect(after.status?.binding?.name).toBe('moved-to')
    expect(await keys.token('moved-to')).not.toBe(token)
    await until('the old Secret is gone', async () => (await keys.secret('moved')) === undefined)
    expect(after.status?.previous).toMatchObject([{ keyId: before.status?.current?.keyId }])
    expect(await world.service.verify(token)).toMatchObject({ valid: true })
  })

  it('recreates its Secret when secret.type changes', async () => {
    await keys.declare('typed')
    await keys.ready('typed')
    const before = await keys.secret('typed')
    const type = 'kubernetes.io/basic-auth'
    const data = { username: '{{ keyId }}', password: '{{ token }}' }
    await keys.declare('typed', { secret: { type, data } })
    const { status } = await keys.ready('typed')
    const after = await keys.secret('typed')
    expect(after).toMatchObject({ type, data: { username: status?.current?.keyId } })
    expect(after?.uid).not.toBe(before?.uid)
    expect(await world.service.verify(after?.data.password ?? '')).toMatchObject({ valid: true })
  })

  it('fills the templates of its Secret', async () => {
    const data = { token: '{{ token }}', '.npmrc': '//npm.example/:_authToken={{ token }}\n' }
    await keys.declare('templated', { secret: { data } })
    await keys.ready('templated')
    const secret = await keys.secret('templated')
    expect(secret?.data).toEqual({
      token: expect.any(String),
      '.npmrc': `//npm.example/:_authToken=${secret?.data.token}\n`,
    })
  })

  it('changes labels and annotations of its Secret without touching the token', async () => {
    await keys.declare('labelled', { secret: { labels: { team: 'a' } } })
    await keys.ready('labelled')
    const before = await keys.secret('labelled')
    await keys.declare('labelled', {
      secret: { labels: { team: 'b' }, annotations: { 'example.com/note': 'paid' } },
    })
    await keys.ready('labelled')
    const after = await keys.secret('labelled')
    expect(after).toMatchObject({
      uid: before?.uid,
      data: before?.data,
      labels: { team: 'b' },
      annotations: { 'example.com/note': 'paid' },
    })
    await keys.declare('labelled')
    await keys.ready('labelled')
    const bare = await keys.secret('labelled')
    expect(bare?.data).toEqual(before?.data)
    expect(bare?.labels).toEqual({ 'app.kubernetes.io/managed-by': 'latchkey' })
    expect(bare?.annotations).not.toHaveProperty('example.com/note')
  })

  it('ends when it says, and another end is set on the same key', async () => {
    await keys.declare('ending', { expiration: { after: '720h' } })
    const before = (await keys.ready('ending')).status?.current
    const token = await keys.token('ending')
    const lifetime = Date.parse(before?.expirationTime ?? '') - Date.parse(before?.issuedTime ?? '')
    expect(Math.abs(lifetime - 720 * 3_600_000)).toBeLessThanOrEqual(1_000)
    await keys.declare('ending', { expiration: { time: '2099-01-01T00:00:00Z' } })
    const after = (await keys.ready('ending')).status?.current
    expect(after).toMatchObject({ keyId: before?.keyId, expirationTime: '2099-01-01T00:00:00Z' })
    expect(await keys.token('ending')).toBe(token)
  })
})

describe.concurrent('what several things share', () => {
  it('a namespace with twenty keys is deleted: every key is revoked, and the namespace goes', async () => {
    await world.addNamespace('leaving')
    const leaving = apiKeysIn(world, 'leaving')
    const names = Array.from({ length: 20 }, (_, index) => `key-${index}`)
    await Promise.all(names.map((name) => leaving.declare(name)))
    for (const name of names) await leaving.ready(name)
    expect(await world.service.live('leaving')).toHaveLength(20)
    await world.cluster.kubectl('delete', 'namespace', 'leaving', '--timeout=100s')
    expect(await world.service.live('leaving')).toEqual([])
  })

  it('a KeyService that is deleted says that it waits for its ApiKeys, and serves no others', async () => {
    const moving = apiKeysIn(world, 'moving')
    await moving.declare('needing')
    await moving.ready('needing')
    await world.cluster.kubectl(
      ...['delete', 'keyservice', '-n', 'moving', 'bundled', '--wait=false'],
    )
    await world.cluster.kubectl(
      ...['delete', 'secret', '-n', 'moving', 'latchkey-credential', '--wait=false'],
    )
    await world.cluster.kubectl(
      ...['wait', 'keyservice', '-n', 'moving', 'bundled', '--for=condition=Ready=false'],
    )
    const told = await world.cluster.kubectl(
      ...['get', 'keyservice', '-n', 'moving', 'bundled', '-o', 'jsonpath={.status.conditions}'],
    )
    expect(told).toMatch(/"reason":"Terminating".*"status":"True","type":"Reconciling"/)
    expect(told).toMatch(/delete them first, such as moving\/needing/)
    await moving.declare('late')
    expect(await moving.notReady('late', 'ServiceTerminating')).toMatch(/delete this ApiKey/)
    expect(await moving.live('late')).toEqual([])
    expect(await world.service.verify(await moving.token('needing'))).toMatchObject({ valid: true })
    await moving.remove('late')
    await moving.remove('needing')
    await moving.gone('needing')
    expect(await moving.live('needing')).toEqual([])
    await until('KeyService and credential are gone', async () => {
      const left = await world.cluster.kubectl('get', 'keyservice', '-n', 'moving', '-o', 'name')
      return left === '' && (await moving.secret('latchkey-credential')) === undefined
    })
  })

  it('an ApiKey whose service is lost stays until somebody lets it go by force, and says so', async () => {
    const outage = apiKeysIn(world, 'outage')
    await outage.declare('stuck')
    const keyId = (await outage.ready('stuck')).status?.current?.keyId ?? ''
    retained.push(keyId)
    const path = '/apis/latchkey.dev/v1alpha1/namespaces/outage'
    await world.cluster.request('PATCH', `${path}/keyservices/bundled`, {
      body: { spec: { url: 'http://127.0.0.1:1' } },
    })
    await until('the service is unreachable', async () => {
      const service = await world.cluster.request('GET', `${path}/keyservices/bundled`)
      return JSON.stringify(service.object).includes('ServiceUnreachable')
    })
    await outage.remove('stuck')
    const sentence = await outage.notReady('stuck', 'ServiceUnreachable')
    expect(sentence).toMatch(/annotate it with latchkey\.dev\/force-delete=true/)
    expect(await outage.live('stuck')).toHaveLength(1)
    await world.cluster.kubectl(
      ...['annotate', 'apikey', '-n', 'outage', 'stuck', 'latchkey.dev/force-delete=true'],
    )
    await outage.gone('stuck')
    const line = world
      .logged()
      .split('\n')
      .find((text) => text.includes('let go by force'))
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      msg: 'An ApiKey was let go by force',
      level: 40,
      namespace: 'outage',
      name: 'stuck',
      left: expect.stringContaining(keyId),
    })
  })
})

describe('after all of that', () => {
  it('the live keys are exactly the recorded ones, and every token works', async () => {
    await operatorRests()
    const here = new Set((await world.service.live('shop')).map(({ id }) => id))
    await expectLaw(
      world,
      'shop',
      retained.filter((keyId) => here.has(keyId)),
    )
  })

  it('no token was told to anybody', async () => {
    await expectNoTokenTold(world, { metrics: await operator.metrics.registry.metrics() })
  })
})

/** The former token is dead, and the one in the Secret belongs to the only live key. */
async function replaced(name: string, former: string): Promise<void> {
  const keyId = await until('one key is left', async () => {
    const { status } = await keys.ready(name)
    const live = (await keys.live(name)).filter(isLive)
    const [only] = live
    return live.length === 1 && only?.id === status?.current?.keyId && only?.id
  })
  expect(await world.service.verify(await keys.token(name))).toMatchObject({ valid: true, keyId })
  expect(await world.service.verify(former)).toMatchObject({ valid: false })
}

async function operatorRests(): Promise<void> {
  await until('the operator is at rest', async () => operator.isIdle())
}
