import { issuedKeyBody, settingsBody } from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { guideOf } from './guide.ts'
import { must, type Product, refusal, startProduct, type Who } from './product.ts'

let pulseapi: Product
let account: Who & { readonly account: string }

beforeAll(async () => {
  pulseapi = await startProduct('pulseapi', { usesFlushSeconds: 0.02 })
  account = await pulseapi.newAccount()
})
afterAll(() => pulseapi.service.stop())

const issue = (body: object = {}) => pulseapi.issue(account, body)
const wish = { displayName: 'Grafana' }

test('B1 the plans Starter, Professional and Team have keys, and Free has none', async () => {
  for (const plan of ['starter', 'professional', 'team']) {
    const paying = await pulseapi.newAccount({ plan })
    expect((await pulseapi.issue(paying)).key.state).toBe('active')
  }
  const free = await pulseapi.newAccount({ plan: 'free' })
  expect(refusal(await pulseapi.call(free, 'POST', '/apikeys', wish))).toMatchObject({
    status: 402,
    code: 'PlanRequired',
    upgrade: { plans: ['starter', 'professional', 'team'] },
  })
})

test('B3 a key has a name, and none is issued without', async () => {
  const answer = await pulseapi.call(account, 'POST', '/apikeys', { scopes: ['readMonitors'] })
  expect(refusal(answer)).toMatchObject({ status: 400, errors: [{ path: 'displayName' }] })
  expect(await guideOf(pulseapi)).toContain('"Mobile App - Production"')
})

test('B4 permissions are chosen at creation, from those that exist', async () => {
  const { credential } = await issue({ scopes: ['readMonitors', 'readIncidents'] })
  expect(await pulseapi.verify(credential, ['readMonitors'])).toMatchObject({ valid: true })
  expect(await pulseapi.verify(credential, ['writeMonitors'])).toMatchObject({
    valid: false,
    reason: 'Forbidden',
    missingScopes: ['writeMonitors'],
  })
  const unknown = await pulseapi.call(account, 'POST', '/apikeys', { ...wish, scopes: ['fly'] })
  expect(refusal(unknown)).toMatchObject({
    code: 'ScopeNotGranted',
    errors: [{ path: 'scopes.0' }],
  })
  expect(await guideOf(pulseapi)).toContain('Grant only what is needed')
})

test('B5 the full token is in the answer of its issue, and nowhere later', async () => {
  const { key, credential } = await issue()
  expect(credential.token).toMatch(/^pulse_[0-9A-Za-z]{42}$/)
  expect(JSON.stringify(await pulseapi.get(account, key.id))).not.toContain(credential.token)
  expect(pulseapi.service.logged()).not.toContain(credential.token)
})

test('B6 a list only ever shows the last 8 characters of the token', async () => {
  const { key, credential } = await issue()
  const found = (await pulseapi.list(account)).items.find(({ id }) => id === key.id)
  expect(found?.credentials[0]?.preview).toBe(credential.token?.slice(-8))
})

test('B7 the token is sent as a Bearer token, as the examples show', async () => {
  expect(await pulseapi.use((await issue()).credential)).toBe(200)
  expect(await guideOf(pulseapi)).toContain(
    'curl https://api.pulseapi.io/v1/monitors \\ -H "Authorization: Bearer $API_KEY"',
  )
})

test('B8 the guide names the places to store a key', async () => {
  expect(await guideOf(pulseapi)).toContain(
    'a secrets manager (AWS Secrets Manager, HashiCorp Vault), a password manager or the secret variables of your CI',
  )
})

test('B9 a deleted key is gone at once and for good', async () => {
  const { key, credential } = await issue()
  must(await pulseapi.call(account, 'DELETE', `/apikeys/${key.id}`), 204)
  expect(await pulseapi.use(credential)).toBe(401)
  expect((await pulseapi.call(account, 'GET', `/apikeys/${key.id}`)).status).toBe(404)
  expect((await pulseapi.list(account)).items.map(({ id }) => id)).not.toContain(key.id)
  expect((await pulseapi.call(account, 'POST', `/apikeys/${key.id}/enable`)).status).toBe(409)
})

test('B10 a rotation gives a new token and invalidates the old one immediately', async () => {
  const { key, credential } = await issue({ scopes: ['readData'] })
  const answer = must(await pulseapi.call(account, 'POST', `/apikeys/${key.id}/rotate`, {}), 200)
  const rotated = issuedKeyBody.parse(answer.body)
  expect(await pulseapi.use(credential)).toBe(401)
  expect(await pulseapi.verify(rotated.credential, ['readData'])).toMatchObject({ valid: true })
  const slow = { gracePeriodSeconds: 60 }
  const refused = await pulseapi.call(account, 'POST', `/apikeys/${key.id}/rotate`, slow)
  expect(refusal(refused)).toMatchObject({ status: 400, errors: [{ path: 'gracePeriodSeconds' }] })
  expect(await guideOf(pulseapi)).toContain(
    'Rotate regularly, when a key changes hands, and at once when it may be compromised',
  )
})

test('B11 the service says which permissions there are', async () => {
  const { body } = await pulseapi.call(account, 'GET', '/permissions')
  expect(body).toMatchObject({
    items: expect.arrayContaining(
      ['readMonitors', 'writeMonitors', 'readIncidents', 'readData'].map((name) =>
        expect.objectContaining({ name }),
      ),
    ),
  })
})

test('B12 the record survives a rotation', async () => {
  const { key } = await issue({ scopes: ['readData'], description: 'For the wall' })
  must(await pulseapi.call(account, 'POST', `/apikeys/${key.id}/rotate`, {}), 200)
  const { id, displayName, description, scopes, createdTime } = key
  expect(await pulseapi.get(account, id)).toMatchObject({
    ...{ id, displayName, description, scopes, createdTime },
    version: key.version + 1,
  })
})

test('B12 permissions are fixed at creation: another set is another key', async () => {
  const { key } = await issue({ scopes: ['readData'] })
  const change = (body: object) => pulseapi.call(account, 'PATCH', `/apikeys/${key.id}`, body)
  expect(refusal(await change({ scopes: ['readMonitors'] }))).toMatchObject({
    status: 400,
    errors: [{ path: 'scopes' }],
  })
  must(await change({ displayName: 'Renamed', scopes: ['readData'] }), 200)
  expect(await pulseapi.get(account, key.id)).toMatchObject({
    displayName: 'Renamed',
    scopes: ['readData'],
  })
})

test('B12 keys belong to users and to team contexts', async () => {
  must(await pulseapi.call(account, 'POST', '/users', { id: 'eve', displayName: 'Eve' }), 201)
  must(await pulseapi.call(account, 'POST', '/spaces', { id: 'ops', displayName: 'Ops' }), 201)
  const { key } = await issue({ owner: 'eve', space: 'ops' })
  await issue({ owner: 'eve' })
  const found = await pulseapi.list(account, '?owner=eve&space=ops')
  expect(found.items.map(({ id }) => id)).toEqual([key.id])
})

test('B12 a list has the last use', async () => {
  const { key, credential } = await issue()
  await pulseapi.verify(credential)
  await expect
    .poll(async () => (await pulseapi.get(account, key.id)).lastUsedTime)
    .toBe('2026-01-01T00:00:00.000Z')
  const settings = settingsBody.parse((await pulseapi.call({}, 'GET', '/settings')).body)
  expect(settings.labels.columns).toContain('lastUsedTime')
})

test('B12 beyond the limit of its plan a key gets 429, and every answer tells the rate', async () => {
  const { credential } = await issue()
  const answers = await Promise.all(
    Array.from({ length: 61 }, () => pulseapi.call(credential, 'GET', '/whoami')),
  )
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused).toHaveLength(1)
  expect(refused[0]?.headers.get('retry-after')).toMatch(/^[0-9]+$/)
  for (const answer of refused) expect(refusal(answer).code).toBe('TooManyRequests')
  for (const { headers } of answers) expect(headers.get('x-ratelimit-limit')).toBe('60')
  pulseapi.service.pass(60)
  expect(await pulseapi.use(credential)).toBe(200)
})

test('B12 a rotated or deleted key is answered 401', async () => {
  const { key, credential } = await issue()
  const answer = must(await pulseapi.call(account, 'POST', `/apikeys/${key.id}/rotate`, {}), 200)
  expect(await pulseapi.use(credential)).toBe(401)
  const { credential: next } = issuedKeyBody.parse(answer.body)
  expect(await pulseapi.use(next)).toBe(200)
  must(await pulseapi.call(account, 'DELETE', `/apikeys/${key.id}`), 204)
  expect(await pulseapi.use(next)).toBe(401)
})

test('B13 the keys of a deleted account die with it, and nothing brings them back', async () => {
  const leaving = await pulseapi.newAccount()
  const { credential } = await pulseapi.issue(leaving)
  must(await pulseapi.call(pulseapi.admin, 'DELETE', `/accounts/${leaving.account}`), 204)
  expect(await pulseapi.use(credential)).toBe(401)
  expect(await pulseapi.verify(credential)).toMatchObject({ valid: false })
  const again = { id: leaving.account, displayName: 'Again' }
  expect((await pulseapi.call(pulseapi.admin, 'POST', '/accounts', again)).status).toBe(409)
})

test('B13 nothing personal of a deleted account is left in its keys, its audit trail and the events', async () => {
  const leaving = await pulseapi.newAccount({ displayName: 'Grete Hermann Ltd' })
  const user = { id: 'grete', displayName: 'Grete Hermann' }
  must(await pulseapi.call(leaving, 'POST', '/users', user), 201)
  await pulseapi.issue(leaving, { displayName: 'Grete’s laptop', owner: 'grete' })
  must(await pulseapi.call(pulseapi.admin, 'DELETE', `/accounts/${leaving.account}`), 204)
  const left = await Promise.all(
    ['/apikeys?limit=500', '/audit?limit=500', '/events', '/accounts'].map((path) =>
      pulseapi.call(pulseapi.admin, 'GET', path),
    ),
  )
  expect(left.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(JSON.stringify(left.map(({ body }) => body))).not.toMatch(/grete|hermann/i)
})

test('B13 cancelling a subscription is not deleting, and neither is removing a team', async () => {
  const pausing = await pulseapi.newAccount()
  must(await pulseapi.call(pausing, 'POST', '/spaces', { id: 'crew', displayName: 'Crew' }), 201)
  const own = await pulseapi.issue(pausing)
  const ofTeam = await pulseapi.issue(pausing, { space: 'crew' })
  const subscription = async (subscriptionActive: boolean) =>
    must(
      await pulseapi.call(pulseapi.admin, 'PATCH', `/accounts/${pausing.account}`, {
        subscriptionActive,
      }),
      200,
    )
  await subscription(false)
  expect(await pulseapi.use(own.credential)).toBe(401)
  await subscription(true)
  must(await pulseapi.call(pausing, 'DELETE', '/spaces/crew'), 204)
  expect(await pulseapi.use(own.credential)).toBe(200)
  expect(await pulseapi.use(ofTeam.credential)).toBe(401)
})
