import { loggedInBody } from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { guideOf } from './guide.ts'
import { must, type Product, refusal, startProduct, type Who } from './product.ts'

let pulse: Product
let account: Who & { readonly account: string }
let writer: Who

beforeAll(async () => {
  pulse = await startProduct('pulse')
  account = await pulse.newAccount({
    scopes: ['readApplications', 'readMerchants', 'writeMerchants', 'readApiKeys', 'writeApiKeys'],
  })
  const scopes = ['readApplications', 'readMerchants', 'readApiKeys', 'writeApiKeys']
  writer = (await pulse.issue(account, { scopes, displayName: 'Key manager' })).credential
})
afterAll(() => pulse.service.stop())

const issue = (body: object = {}) => pulse.issue(writer, body)
const credentialOf = ({ apiKey, apiSecret }: Who) => ({ apiKey, apiSecret })
const patch = (id: string, body: object) => pulse.call(writer, 'PATCH', `/apikeys/${id}`, body)

test('C1 a key authenticates an application without a user logging in', async () => {
  const { key, credential } = await issue()
  expect((await pulse.call(credential, 'GET', '/whoami')).body).toMatchObject({ keyId: key.id })
  expect(await guideOf(pulse)).toContain(
    'servers that call servers, automated tests, background jobs',
  )
})

test('C2 its own permissions decide what each key may do', async () => {
  const { credential } = await issue({ scopes: ['readApplications'] })
  expect(await pulse.verify(credential, ['readApplications'])).toMatchObject({ valid: true })
  expect(await pulse.verify(credential, ['readMerchants'])).toMatchObject({
    valid: false,
    missingScopes: ['readMerchants'],
  })
})

test('C3 at creation and at a change, only permissions that caller and account have are given', async () => {
  const { key } = await issue({ scopes: ['readApplications'] })
  expect((await patch(key.id, { scopes: ['readMerchants'] })).body).toMatchObject({
    scopes: ['readMerchants'],
  })
  const beyondCaller = { scopes: ['writeMerchants'] }
  expect(refusal(await patch(key.id, beyondCaller))).toMatchObject({ code: 'ScopeNotGranted' })
  const create = { displayName: 'x', ...beyondCaller }
  expect(refusal(await pulse.call(writer, 'POST', '/apikeys', create)).status).toBe(403)
  const beyondAccount = { displayName: 'x', scopes: ['writeApplications'] }
  expect(refusal(await pulse.call(account, 'POST', '/apikeys', beyondAccount))).toMatchObject({
    code: 'ScopeNotGranted',
    errors: [{ path: 'scopes.0' }],
  })
})

test('C4 permissions are named by verb and resource', async () => {
  const list = z.object({ items: z.array(z.object({ name: z.string() })) })
  const { items } = list.parse((await pulse.call(writer, 'GET', '/permissions')).body)
  const names = items.map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining([
      'readApplications',
      'writeApplications',
      'readMerchants',
      'writeMerchants',
      'writeApiKeys',
    ]),
  )
  for (const name of names) expect(name).toMatch(/^[a-z]+([A-Z][a-z]+)+$/)
})

test('C5 a key belongs to one account: the one that is named, or the primary one of its maker', async () => {
  expect((await issue()).key.account).toBe(account.account)
  expect((await pulse.issue(pulse.admin)).key.account).toBe('default')
  expect((await pulse.issue(account)).key.account).toBe(account.account)
  const foreign = await pulse.newAccount()
  const elsewhere = { ...writer, account: foreign.account }
  expect((await pulse.call(elsewhere, 'POST', '/apikeys', { displayName: 'x' })).status).toBe(404)
})

test('C6 who makes keys needs writeApiKeys', async () => {
  const reader = (await issue({ scopes: ['readApiKeys'] })).credential
  const answer = await pulse.call(reader, 'POST', '/apikeys', { displayName: 'x' })
  expect(refusal(answer)).toMatchObject({ status: 403, code: 'Forbidden' })
})

test('C7 a key and its secret come back from the creation, the secret only then', async () => {
  const { key, credential } = await issue()
  expect(credential.apiKey).toBe(key.id)
  const secret = credential.apiSecret ?? ''
  expect(secret.length).toBeGreaterThan(40)
  expect(credential.token).toBeUndefined()
  const later = await Promise.all(
    [`/apikeys/${key.id}`, '/apikeys'].map((path) => pulse.call(writer, 'GET', path)),
  )
  expect(JSON.stringify(later.map(({ body }) => body))).not.toContain(secret)
  expect(pulse.service.logged()).not.toContain(secret)
})

test('C8 a list has all keys of the account and no other', async () => {
  const foreign = await pulse.issue(await pulse.newAccount())
  const { key } = await issue()
  const { items } = await pulse.list(writer, '?limit=500')
  expect(items.map(({ id }) => id)).toContain(key.id)
  expect(items.map(({ id }) => id)).not.toContain(foreign.key.id)
  expect(new Set(items.map((item) => item.account))).toEqual(new Set([account.account]))
})

test('C9 a change reaches what it names and leaves the rest', async () => {
  const { key } = await issue({ description: 'Old', scopes: ['readMerchants'] })
  const changed = must(await patch(key.id, { displayName: 'New name' }), 200)
  expect(changed.body).toMatchObject({
    displayName: 'New name',
    description: 'Old',
    scopes: ['readMerchants'],
  })
  const removed = must(await patch(key.id, { description: null }), 200)
  expect(removed.body).not.toHaveProperty('description')
})

test('C10 a deleted key is gone for good', async () => {
  const { key, credential } = await issue()
  must(await pulse.call(writer, 'DELETE', `/apikeys/${key.id}`), 204)
  expect(await pulse.use(credential)).toBe(401)
  expect((await pulse.call(writer, 'GET', `/apikeys/${key.id}`)).status).toBe(404)
})

test('C11 a login with key and secret gives a session token, used as a Bearer token', async () => {
  const { key, credential } = await issue({ scopes: ['readApiKeys'] })
  const { token, session } = loggedInBody.parse(
    must(await pulse.call({}, 'POST', '/auth/login', credentialOf(credential)), 200).body,
  )
  expect(session).toMatchObject({ keyId: key.id, scopes: ['readApiKeys'] })
  expect((await pulse.call({ token }, 'GET', '/apikeys')).status).toBe(200)
  const wrong = { ...credentialOf(credential), apiKey: writer.apiKey }
  expect((await pulse.call({}, 'POST', '/auth/login', wrong)).status).toBe(401)
  must(await pulse.call(writer, 'DELETE', `/apikeys/${key.id}`), 204)
  expect((await pulse.call({ token }, 'GET', '/apikeys')).status).toBe(401)
})

test('C11 a login with username and password gives the same', async () => {
  must(await pulse.call(account, 'POST', '/users', { id: 'frida', displayName: 'Frida' }), 201)
  const password = 'a long enough password'
  const login = { password, scopes: ['readApiKeys', 'writeApiKeys'] }
  must(await pulse.call(account, 'PUT', '/users/frida/login', login), 204)
  const answer = await pulse.call({}, 'POST', '/auth/login', { username: 'frida', password })
  const { token } = loggedInBody.parse(must(answer, 200).body)
  const made = await pulse.issue({ token }, { scopes: ['readApiKeys'] })
  expect(made.key).toMatchObject({ owner: 'frida', account: account.account })
})

test('C12 a request authenticates directly with x-api-key and x-api-secret', async () => {
  const { apiKey = '', apiSecret = '' } = (await issue()).credential
  expect(await pulse.use({ apiKey, apiSecret })).toBe(200)
  expect(await pulse.use({ apiKey })).toBe(401)
  expect(await pulse.use({ apiKey: writer.apiKey ?? '', apiSecret })).toBe(401)
  expect(await pulse.use({ token: apiSecret })).toBe(401)
  expect(await pulse.verify({ apiKey, apiSecret })).toMatchObject({ valid: true, keyId: apiKey })
})

test('C13 the guide recommends sessions, and the pair for tests and maintenance', async () => {
  const guide = await guideOf(pulse)
  expect(guide).toContain('with each request is for tests and maintenance')
  expect(guide).toContain('The recommended way is a session')
})

test('C14 a key id tells nothing, and its preview nothing of the secret', async () => {
  const { key, credential } = await issue()
  expect(key.id).toMatch(/^apiKey-[0-9A-Za-z]{12}$/)
  expect(credential.apiSecret).not.toContain(key.id)
  expect((await pulse.get(writer, key.id)).credentials[0]?.preview).toBe(key.id)
})

test('C15 a key with an expiration date ends by itself', async () => {
  const { key, credential } = await issue({ expiration: { after: '1h' } })
  expect(key.expirationTime).toBe('2026-01-01T01:00:00.000Z')
  expect(await pulse.use(credential)).toBe(200)
  pulse.service.pass(3600)
  expect(await pulse.use(credential)).toBe(401)
  expect(await pulse.verify(credential)).toMatchObject({ valid: false, reason: 'KeyExpired' })
})

test('C16 the guide says to limit permissions, set expirations, rotate and investigate', async () => {
  const guide = await guideOf(pulse)
  for (const words of [
    'each with the fewest permissions',
    'Set expiration dates',
    'Rotate regularly',
    'Watch how keys are used, look into what you do not expect',
  ]) {
    expect(guide).toContain(words)
  }
})

test('C17 the OpenAPI document covers creating, listing, changing and deleting keys, and the login', async () => {
  const answer = await pulse.service.send('GET', '/openapi.json', { token: null })
  expect(answer.body).toMatchObject({
    openapi: '3.1.0',
    paths: {
      '/apikeys': { post: expect.anything(), get: expect.anything() },
      '/auth/login': { post: expect.anything() },
      '/apikeys/{id}': { patch: expect.anything(), delete: expect.anything() },
    },
  })
})
