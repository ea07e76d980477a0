import { settingsBody } from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { guideOf } from './guide.ts'
import { must, type Product, refusal, startProduct, type Who } from './product.ts'

let pulsapi: Product
let account: Who & { readonly account: string }

beforeAll(async () => {
  pulsapi = await startProduct('pulsapi', { usesFlushSeconds: 0.02 })
  account = await pulsapi.newAccount()
})
afterAll(() => pulsapi.service.stop())

const issue = (body: object = {}) => pulsapi.issue(account, body)

test('A1 keys are created and revoked for programmatic access', async () => {
  const { key, credential } = await issue()
  expect(await pulsapi.use(credential)).toBe(200)
  must(await pulsapi.call(account, 'DELETE', `/apikeys/${key.id}`), 204)
  expect(await pulsapi.use(credential)).toBe(401)
})

test('A2 only the Pro plan has keys, and the refusal says so', async () => {
  const free = await pulsapi.newAccount({ plan: 'free' })
  const answer = await pulsapi.call(free, 'POST', '/apikeys', { displayName: 'x' })
  expect(refusal(answer)).toMatchObject({
    status: 402,
    code: 'PlanRequired',
    upgrade: { button: 'Upgrade to Pro', plans: ['pro'] },
  })
})

test('A4 the full key is given once and cannot be retrieved', async () => {
  const { key, credential } = await issue()
  const later = await Promise.all(
    [`/apikeys/${key.id}`, '/apikeys'].map((path) => pulsapi.call(account, 'GET', path)),
  )
  expect(JSON.stringify(later.map(({ body }) => body))).not.toContain(credential.token)
  expect(await guideOf(pulsapi)).toContain(
    'Create a new one, update your applications, then revoke',
  )
})

test('A6 the key is sent in the Authorization header, with or without Bearer', async () => {
  const token = (await issue()).credential.token ?? ''
  for (const authorization of [token, `Bearer ${token}`]) {
    const answer = await pulsapi.service.send('GET', '/whoami', {
      token: null,
      headers: { authorization },
    })
    expect(answer.status).toBe(200)
  }
  expect(await guideOf(pulsapi)).toContain('-H "Authorization: Bearer $API_KEY"')
})

test('A7 a key acts as its account, within the rights and the plan that the account has now', async () => {
  const own = await pulsapi.newAccount()
  const scopes = ['readApiKeys', 'writeApiKeys']
  const { credential } = await pulsapi.issue(own, { scopes })
  expect(await pulsapi.verify(credential, scopes)).toMatchObject({
    valid: true,
    account: own.account,
  })
  const change = async (body: object) =>
    must(await pulsapi.call(pulsapi.admin, 'PATCH', `/accounts/${own.account}`, body), 200)
  await change({ scopes: ['readApiKeys'] })
  expect(await pulsapi.verify(credential, scopes)).toMatchObject({
    valid: false,
    missingScopes: ['writeApiKeys'],
  })
  expect(await pulsapi.verify(credential, ['readApiKeys'])).toMatchObject({ valid: true })
  await change({ plan: 'free' })
  expect(await pulsapi.verify(credential)).toMatchObject({ valid: false, reason: 'PlanRequired' })
})

test('A7 this product has no permissions of its own to give', async () => {
  const answer = await pulsapi.call(account, 'POST', '/apikeys', {
    displayName: 'x',
    scopes: ['readThings'],
  })
  expect(refusal(answer)).toMatchObject({ code: 'ScopeNotGranted' })
})

test('A9 a revoked key is answered 401 from the very next request on', async () => {
  const { key, credential } = await issue()
  expect(await pulsapi.use(credential)).toBe(200)
  must(await pulsapi.call(account, 'DELETE', `/apikeys/${key.id}`), 204)
  const answer = await pulsapi.call(credential, 'GET', '/apikeys')
  expect(refusal(answer)).toMatchObject({ status: 401, code: 'Unauthorized' })
})

test('A10 a list gives name, creation and last use, and no preview', async () => {
  const { key, credential } = await issue({ displayName: 'Status page' })
  const found = await pulsapi.get(account, key.id)
  expect(found).toMatchObject({ displayName: 'Status page', createdTime: expect.any(String) })
  expect(found.credentials[0]?.preview).toBe('')
  expect(found.lastUsedTime).toBeUndefined()
  await pulsapi.use(credential)
  await expect
    .poll(async () => (await pulsapi.get(account, key.id)).lastUsedTime)
    .toBe('2026-01-01T00:00:00.000Z')
  const settings = settingsBody.parse((await pulsapi.call({}, 'GET', '/settings')).body)
  expect(settings.labels).toMatchObject({
    columns: ['displayName', 'createdTime', 'lastUsedTime'],
    remove: 'Revoke',
  })
})

test('A11 an account has many keys, which live and die apart', async () => {
  const first = await issue()
  const second = await issue()
  must(await pulsapi.call(account, 'DELETE', `/apikeys/${first.key.id}`), 204)
  expect(await pulsapi.use(first.credential)).toBe(401)
  expect(await pulsapi.use(second.credential)).toBe(200)
})

test('A12 the guide says how to store, name, rotate and share keys', async () => {
  const guide = await guideOf(pulsapi)
  for (const words of [
    'Never in version control',
    'so that the right one is found when one has to go',
    'create a new key, update the applications that use the old one, then revoke the old one',
    'remove unused ones',
    'Limit with whom a key is shared',
  ]) {
    expect(guide).toContain(words)
  }
})

test('A12 nothing of a key changes after its creation', async () => {
  const { key } = await issue()
  const change = await pulsapi.call(account, 'PATCH', `/apikeys/${key.id}`, { displayName: 'New' })
  expect(refusal(change)).toMatchObject({ status: 400, errors: [{ path: 'displayName' }] })
})
