import { settingsBody } from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { guideOf } from './guide.ts'
import { must, type Product, refusal, startProduct, type Who } from './product.ts'

let sippulse: Product
let account: Who & { readonly account: string }

beforeAll(async () => {
  sippulse = await startProduct('sippulse')
  account = await sippulse.newAccount()
})
afterAll(() => sippulse.service.stop())

const fresh = () => sippulse.newAccount()

test('D1 requests need a key', async () => {
  const { credential } = await sippulse.issue(await fresh())
  expect(await sippulse.use(credential)).toBe(200)
  expect(await sippulse.use({})).toBe(401)
})

test('D1 the key is sent as a Bearer token, or in the header api-key', async () => {
  const { token = '' } = (await sippulse.issue(await fresh())).credential
  const sent = (headers: Record<string, string>) =>
    sippulse.service.send('GET', '/whoami', { token: null, headers })
  expect((await sent({ authorization: `Bearer ${token}` })).status).toBe(200)
  expect((await sent({ 'api-key': token })).status).toBe(200)
  expect((await sent({ authorization: token })).status).toBe(401)
})

test('D3 a key is shown once and kept as a hash that gives nothing back', async () => {
  const { key, credential } = await sippulse.issue(await fresh())
  const token = credential.token ?? ''
  expect(token).toMatch(/^sp_[0-9A-Za-z]{42}$/)
  expect(JSON.stringify(await sippulse.get(sippulse.admin, key.id))).not.toContain(token)
  expect(await guideOf(sippulse)).toContain('cannot be retrieved or decrypted later')
})

test('D4 an account has at most ten active keys, and is told so apart from rights and plans', async () => {
  const full = await fresh()
  const made = []
  for (let count = 0; count < 10; count++) made.push(await sippulse.issue(full))
  const eleventh = () => sippulse.call(full, 'POST', '/apikeys', { displayName: 'Eleventh' })
  expect(refusal(await eleventh())).toMatchObject({ status: 403, code: 'QuotaExceeded' })
  must(await sippulse.call(full, 'DELETE', `/apikeys/${made[0]?.key.id}`), 204)
  must(await eleventh(), 201)
  expect((await sippulse.call(full, 'GET', '/whoami')).body).toMatchObject({
    plan: { keyLimit: 10, keysUsed: 10 },
  })
})

test('D4 the limit holds however many ask at once', async () => {
  const full = await fresh()
  const answers = await Promise.all(
    Array.from({ length: 25 }, () =>
      sippulse.call(full, 'POST', '/apikeys', { displayName: 'At once' }),
    ),
  )
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(10)
  expect((await sippulse.list(full, '?state=active')).total).toBe(10)
})

test('D5 a key is renamed in place, and nothing else of it changes', async () => {
  const { key, credential } = await sippulse.issue(account)
  const patch = (body: object) => sippulse.call(account, 'PATCH', `/apikeys/${key.id}`, body)
  expect(must(await patch({ displayName: 'Voice agents' }), 200).body).toMatchObject({
    displayName: 'Voice agents',
  })
  expect(await sippulse.use(credential)).toBe(200)
  expect(refusal(await patch({ description: 'x' })).errors).toMatchObject([{ path: 'description' }])
  expect(refusal(await patch({ expiration: { after: '1h' } })).status).toBe(400)
})

test('D6 a deleted key is invalid at once', async () => {
  const { key, credential } = await sippulse.issue(account)
  must(await sippulse.call(account, 'DELETE', `/apikeys/${key.id}`), 204)
  expect(await sippulse.use(credential)).toBe(401)
  const settings = settingsBody.parse((await sippulse.call({}, 'GET', '/settings')).body)
  expect(settings.labels).toMatchObject({ create: 'Generate API Key', remove: 'Delete' })
})

test('D7 the guide keeps keys out of client-side code', async () => {
  expect(await guideOf(sippulse)).toContain(
    'Keep keys out of browsers, mobile apps and other client-side code',
  )
})

test('D8 a key that is found in public is switched off at once and for ever', async () => {
  const own = await fresh()
  const { key, credential } = await sippulse.issue(own)
  const other = await sippulse.issue(own)
  const report = { token: credential.token, url: 'https://example.com/a-public-file' }
  must(await sippulse.call(other.credential, 'POST', '/leaks', report), 200)
  expect(await sippulse.use(credential)).toBe(401)
  expect(await sippulse.get(own, key.id)).toMatchObject({
    state: 'disabled',
    stateReason: 'KeyLeaked',
  })
  const enable = await sippulse.call(own, 'POST', `/apikeys/${key.id}/enable`)
  expect(refusal(enable)).toMatchObject({ status: 409, code: 'KeyLeaked' })
  expect(await sippulse.use(other.credential)).toBe(200)
})

test('D8 a key id alone switches nothing off', async () => {
  const { key, credential } = await sippulse.issue(await fresh())
  must(await sippulse.call(sippulse.admin, 'POST', '/leaks', { token: key.id }), 200)
  expect(await sippulse.use(credential)).toBe(200)
})

test('D9 the guide shows a request in several languages', async () => {
  const guide = await guideOf(sippulse)
  for (const language of ['```sh', '```js', '```python', '```go']) expect(guide).toContain(language)
  expect(guide.match(/https:\/\/api\.sippulse\.ai\/v1\/models/g)).toHaveLength(4)
})

test('D10 different projects and teams have different keys', async () => {
  const own = await fresh()
  const [first, second] = [
    await sippulse.issue(own, { displayName: 'IVR project' }),
    await sippulse.issue(own, { displayName: 'Transcription team' }),
  ]
  must(await sippulse.call(own, 'DELETE', `/apikeys/${first.key.id}`), 204)
  expect(await sippulse.use(second.credential)).toBe(200)
  expect(await guideOf(sippulse)).toContain('each project, each team')
})
