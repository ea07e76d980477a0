import { issuedKeyBody, keyListBody, keyRecord } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sent, startTestService, type TestService } from '../test-service.ts'

let service: TestService
/** A platform credential that may only verify, and a key of an account that is not its own. */
let verifier: Issued
let foreign: Issued
beforeAll(async () => {
  service = await startTestService({
    plans: [
      { id: 'none', displayName: 'None', apiKeys: false },
      { id: 'some', displayName: 'Some' },
    ],
    defaultPlan: 'none',
  })
  const send = (path: string, body: object) => service.send('POST', path, { body })
  await send('/accounts', { id: 'acme', displayName: 'Acme', plan: 'some' })
  const headers = { 'x-account-id': 'acme' }
  await service.send('POST', '/spaces', { headers, body: { id: 'acme-space', displayName: 'S' } })
  await service.send('POST', '/users', { headers, body: { id: 'acme-user', displayName: 'U' } })
  foreign = await issue({ scopes: ['read'] }, { headers })
  verifier = await issue({ platform: true, scopes: ['verifyApiKeys'] })
})
afterAll(() => service.stop())

interface Issued {
  readonly id: string
  readonly token: string
}

const create = (body: object, sent: Sent = {}) =>
  service.send('POST', '/apikeys', { ...sent, body: { displayName: 'k', ...body } })

async function issue(body: object, sent: Sent = {}): Promise<Issued> {
  const answer = await create(body, sent)
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  const { key, credential } = issuedKeyBody.parse(answer.body)
  return { id: key.id, token: credential.token ?? '' }
}

describe('a platform credential with narrower scopes', () => {
  test('verifies the keys of every account, or of the one that the request names', async () => {
    const verdict = async (headers: Record<string, string>) => {
      const sent = { token: verifier.token, headers, body: { token: foreign.token } }
      return (await service.send('POST', '/verify', sent)).body
    }
    expect(await verdict({})).toMatchObject({ valid: true, keyId: foreign.id, account: 'acme' })
    expect(await verdict({ 'x-account-id': 'acme' })).toMatchObject({ valid: true })
    expect(await verdict({ 'x-account-id': 'default' })).toMatchObject({ reason: 'NotFound' })
  })

  test('has the scopes that it was given, for who verifies it too, and is shown as what it is', async () => {
    const scopes = ['verifyApiKeys']
    const { body: me } = await service.send('GET', '/whoami', { token: verifier.token })
    expect(me).toMatchObject({ keyId: verifier.id, account: 'default', scopes })
    const asked = { token: verifier.token, scopes: ['read'] }
    const { body: verdict } = await service.send('POST', '/verify', { body: asked })
    expect(verdict).toMatchObject({ valid: false, reason: 'Forbidden', missingScopes: ['read'] })
    const { body: shown } = await service.send('GET', `/apikeys/${verifier.id}`)
    expect(keyRecord.parse(shown)).toMatchObject({ platform: true, scopes })
    const { body: list } = await service.send('GET', '/apikeys')
    const platform = keyListBody.parse(list).items.filter((key) => key.platform)
    expect(platform.map(({ displayName }) => displayName).sort()).toEqual(['Administrator', 'k'])
    const { body: audit } = await service.send('GET', `/audit?subject=${verifier.id}`)
    expect(audit).toMatchObject({ items: [{ action: 'Issued', detail: { platform: true } }] })
  })

  test('does nothing else with any route, whoever’s account it names', async () => {
    const { body: document } = await service.send('GET', '/openapi.json')
    const { paths } = document as { paths: Record<string, Record<string, Operation>> }
    const answers = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(async ([method, { operationId, security }]) => {
        if (security?.length === 0 || open.has(operationId)) return []
        return Promise.all(
          [{}, { 'x-account-id': 'acme' }].map(async (headers) => {
            const body = bodies[operationId]
            const sent = { token: verifier.token, headers, ...(body && { body: body() }) }
            const url = path.replace('{id}', ids[path.split('/')[1] ?? ''] ?? '')
            const answer = await service.send(method.toUpperCase(), url, sent)
            return { operationId, status: answer.status, text: JSON.stringify(answer.body) }
          }),
        )
      }),
    )
    const refused = (await Promise.all(answers)).flat()
    expect(refused.length).toBeGreaterThan(50)
    expect(refused.filter(({ status }) => status !== 403 && status !== 404)).toEqual([])
    expect(refused.filter(({ text }) => text.includes('Acme'))).toEqual([])
  })

  test('sees of the accounts its own alone, and of another neither plan nor keys', async () => {
    const see = async (path: string, headers = {}) =>
      (await service.send('GET', path, { token: verifier.token, headers })).body
    const acme = { 'x-account-id': 'acme' }
    expect(await see('/accounts')).toMatchObject({ items: [{ id: 'default' }] })
    expect(await see('/accounts', acme)).toEqual({ items: [] })
    expect(await see('/whoami', acme)).not.toHaveProperty('plan')
  })

  test('reads and writes in every account when it may read and write keys', async () => {
    const scopes = ['readApiKeys', 'writeApiKeys']
    const { token } = await issue({ platform: true, scopes })
    const { body } = await service.send('GET', '/accounts', { token })
    expect(body).toMatchObject({ items: [{ id: 'acme' }, { id: 'default' }] })
    expect((await service.send('GET', `/apikeys/${foreign.id}`, { token })).status).toBe(200)
    const headers = { 'x-account-id': 'acme' }
    const stronger = await create({ scopes: ['read'] }, { token, headers })
    expect(stronger).toMatchObject({ status: 403, body: { code: 'ScopeNotGranted' } })
    await issue({ scopes: ['readApiKeys'] }, { token, headers })
  })

  test('has no plan: it is issued, disabled and enabled in an account whose plan has no keys', async () => {
    const { id, token } = await issue({ platform: true })
    await service.send('POST', `/apikeys/${id}/disable`, { body: {} })
    expect((await service.send('GET', '/whoami', { token })).status).toBe(401)
    expect((await service.send('POST', `/apikeys/${id}/enable`)).status).toBe(200)
    expect((await service.send('GET', '/whoami', { token })).status).toBe(200)
  })

  test('keeps its reach in a session, through a rotation and when it is issued again', async () => {
    const body = { platform: true, pending: true, scopes: ['verifyApiKeys'] }
    const headers = { 'idempotency-key': 'once' }
    await issue(body, { headers })
    const { id, token } = await issue(body, { headers })
    const login = await service.send('POST', '/auth/login', { token: null, body: { token } })
    const rotated = await service.send('POST', `/apikeys/${id}/rotate`, {
      body: { gracePeriodSeconds: 60 },
    })
    const { credential } = issuedKeyBody.parse(rotated.body)
    const session = (login.body as { token: string }).token
    for (const each of [session, credential.token ?? '']) {
      const sent = { token: each, body: { token: foreign.token } }
      expect((await service.send('POST', '/verify', sent)).body).toMatchObject({ valid: true })
    }
  })
})

describe('403', () => {
  test('a platform credential is made by platform credentials alone, and not in another’s account', async () => {
    const { token } = await issue({ scopes: ['writeApiKeys'] }, acme)
    for (const sent of [{ token }, acme]) {
      const answer = await create({ platform: true }, sent)
      expect(answer).toMatchObject({
        status: 403,
        body: { code: 'Forbidden', errors: [{ path: 'platform' }] },
      })
    }
  })

  test('a platform credential grants none beyond its own rights', async () => {
    const { token } = await issue({ platform: true, scopes: ['verifyApiKeys', 'writeApiKeys'] })
    await issue({ platform: true, scopes: ['verifyApiKeys'] }, { token })
    const answer = await create({ platform: true, scopes: ['readAudit'] }, { token })
    expect(answer).toMatchObject({ status: 403, body: { code: 'ScopeNotGranted' } })
  })

  test('who has every scope of a platform credential, but not its reach, gets no token of it and does not change it', async () => {
    const scopes = ['readApiKeys', 'writeApiKeys']
    await service.send('POST', '/users', { body: { id: 'boss', displayName: 'Boss' } })
    await service.send('PATCH', '/accounts/default', { body: { plan: 'some' } })
    const platform = await issue({ platform: true, scopes: ['readApiKeys'], owner: 'boss' })
    const beside = await issue({ scopes })
    const changes = [
      ['POST', '/rotate', {}],
      ['POST', '/disable', {}],
      ['POST', '/enable', undefined],
      ['PATCH', '', { expiration: { after: '9000h' } }],
      ['PATCH', '', { scopes }],
      ['DELETE', '', undefined],
    ] as const
    for (const [method, path, body] of changes) {
      const sent = { token: beside.token, ...(body && { body }) }
      const answer = await service.send(method, `/apikeys/${platform.id}${path}`, sent)
      expect(answer, `${method} ${path}`).toMatchObject({ status: 403 })
    }
    const all = { token: beside.token, body: { owner: 'boss', confirm: 1 } }
    expect((await service.send('POST', '/apikeys/revoke', all)).status).toBe(403)
    expect((await service.send('GET', '/whoami', { token: platform.token })).status).toBe(200)
  })

  test('the administrator is out of reach for a platform credential that may write keys', async () => {
    const { token } = await issue({ platform: true, scopes: ['readApiKeys', 'writeApiKeys'] })
    const { body } = await service.send('GET', '/whoami')
    const path = `/apikeys/${(body as { keyId: string }).keyId}`
    expect((await service.send('DELETE', path, { token })).status).toBe(403)
    expect((await service.send('POST', `${path}/rotate`, { token, body: {} })).status).toBe(403)
    expect((await service.send('GET', '/whoami')).status).toBe(200)
  })
})

describe('400', () => {
  test('a platform credential is bound to no space, and none becomes one later', async () => {
    const bound = await create({ platform: true, space: 'acme-space' })
    expect(bound).toMatchObject({ status: 400, body: { errors: [{ path: 'space' }] } })
    const changed = await service.send('PATCH', `/apikeys/${foreign.id}`, {
      body: { platform: true },
    })
    expect(changed).toMatchObject({ status: 400, body: { errors: [{ path: 'platform' }] } })
  })
})

const acme = { headers: { 'x-account-id': 'acme' } }

interface Operation {
  readonly operationId: string
  readonly security?: readonly object[]
}

/** What it may do: verify, learn who it is and what there is, and report a token that it has in full. */
const open = new Set([
  ...['verify', 'whoami', 'listPlans', 'listPermissions', 'listAccounts', 'reportLeak'],
])

const ids: Readonly<Record<string, string>> = {
  get apikeys() {
    return foreign.id
  },
  accounts: 'acme',
  spaces: 'acme-space',
  users: 'acme-user',
}

const named = () => ({ displayName: 'x' })
const password = 'correct horse battery'

/** Bodies that fit, so that nothing is refused for its shape. */
const bodies: Readonly<Record<string, () => object>> = {
  issueKey: named,
  updateKey: named,
  rotateKey: () => ({}),
  disableKey: () => ({}),
  activateKey: () => ({ credentialId: 'x' }),
  revokeOwnedKeys: () => ({ owner: 'acme-user', confirm: 0 }),
  createAccount: named,
  updateAccount: named,
  createSpace: named,
  createUser: named,
  setLogin: () => ({ password }),
  changePassword: () => ({ currentPassword: password, password }),
  acceptLoss: () => ({ life: 'x' }),
}
