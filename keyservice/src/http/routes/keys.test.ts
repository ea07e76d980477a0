import { issuedKeyBody, keyListBody, keyRecord, problemBody } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, startTestService, type TestService } from '../../test-service.ts'

let service: TestService

beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

const issue = (body: object = {}, headers: Record<string, string> = {}) =>
  service.send('POST', '/apikeys', { body: { displayName: 'Mobile App', ...body }, headers })
const verify = async (token: string | undefined, more: object = {}) =>
  (await service.send('POST', '/verify', { body: { token, ...more } })).body

const issued = (answer: Answer) => issuedKeyBody.parse(answer.body)
const record = (answer: Answer) => keyRecord.parse(answer.body)

describe('201', () => {
  test('P11 A4 B5 D3: the token is in the answer of the issue and in no other', async () => {
    const { key, credential } = issued(await issue())
    const token = credential.token ?? ''
    const read = await service.send('GET', `/apikeys/${key.id}`)
    const list = await service.send('GET', '/apikeys')
    expect(token).toMatch(/^lk_[0-9A-Za-z]{42}$/)
    expect(JSON.stringify([read.body, list.body])).not.toContain(token)
    expect(service.logged()).not.toContain(token)
  })

  test('a repeated create gives the same pending key a fresh token, and the first dies', async () => {
    const first = issued(await issue({ pending: true }, { 'idempotency-key': 'repeat' }))
    const second = issued(await issue({ pending: true }, { 'idempotency-key': 'repeat' }))
    expect(second.key.id).toBe(first.key.id)
    expect(second.credential.id).not.toBe(first.credential.id)
    expect(await verify(first.credential.token, { probe: true })).toMatchObject({ valid: false })
    expect(await verify(second.credential.token, { probe: true })).toMatchObject({ valid: true })
  })
})

describe('200', () => {
  test('a probe neither activates a pending key nor counts as a use; the first use does both', async () => {
    const { key, credential } = issued(await issue({ pending: true }))
    await verify(credential.token, { probe: true })
    const probed = record(await service.send('GET', `/apikeys/${key.id}`))
    expect(probed).toMatchObject({ state: 'pending', version: 1 })
    await verify(credential.token)
    const used = record(await service.send('GET', `/apikeys/${key.id}`))
    expect(used.state).toBe('active')
  })

  test('a pending key that nobody acknowledged is dead after a day', async () => {
    const { key, credential } = issued(await issue({ pending: true }))
    service.pass(86_400)
    expect(await verify(credential.token)).toMatchObject({ valid: false, reason: 'KeyExpired' })
    expect((await service.send('GET', `/apikeys/${key.id}`)).body).toMatchObject({
      state: 'expired',
    })
  })

  test('activation is safe to repeat for the token that is active', async () => {
    const { key, credential } = issued(await issue({ pending: true }))
    const activate = () =>
      service.send('POST', `/apikeys/${key.id}/activate`, {
        body: { credentialId: credential.id },
      })
    const first = await activate()
    const second = await activate()
    expect(first.body).toMatchObject({ state: 'active' })
    expect(second.body).toEqual(first.body)
  })

  test('every page together is every key that the metadata names, once', async () => {
    const made = await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        issue({ metadata: { 'latchkey.dev/cluster': 'pages', number: `${index}` } }),
      ),
    )
    const seen: string[] = []
    let cursor = ''
    do {
      const path = `/apikeys?limit=10&metadata=latchkey.dev/cluster%3Dpages${cursor}`
      const page = keyListBody.parse((await service.send('GET', path)).body)
      expect(page.total).toBe(25)
      for (const key of page.items) seen.push(key.id)
      cursor = page.nextCursor === undefined ? '' : `&cursor=${page.nextCursor}`
    } while (cursor !== '')
    expect(seen.sort()).toEqual(made.map((answer) => issued(answer).key.id).sort())
  })

  test('P22: the total is counted for the first page, and the pages behind it repeat it', async () => {
    const metadata = { walk: 'counted' }
    for (let made = 0; made < 3; made++) await issue({ metadata })
    const page = async (cursor: string) => {
      const path = `/apikeys?limit=2&metadata=walk%3Dcounted${cursor}`
      return keyListBody.parse((await service.send('GET', path)).body)
    }
    const first = await page('')
    service.pass(1)
    await issue({ metadata })
    const second = await page(`&cursor=${first.nextCursor}`)
    expect([first.total, second.total, second.items.length]).toEqual([3, 3, 2])
    expect((await page('')).total).toBe(4)
  })
})

describe('204', () => {
  test('A9 D6 B9: a revoked key is dead at once, and revoking it again changes nothing', async () => {
    const { key, credential } = issued(await issue())
    expect((await service.send('DELETE', `/apikeys/${key.id}`)).status).toBe(204)
    expect(await verify(credential.token)).toMatchObject({ valid: false, reason: 'KeyRevoked' })
    const whoami = await service.send('GET', '/whoami', { token: credential.token ?? '' })
    expect(whoami.status).toBe(401)
    const before = (await service.send('GET', `/apikeys/${key.id}`)).body
    expect((await service.send('DELETE', `/apikeys/${key.id}`)).status).toBe(204)
    expect((await service.send('GET', `/apikeys/${key.id}`)).body).toEqual(before)
  })
})

describe('400', () => {
  test('every wrong field is named at once', async () => {
    const answer = await service.send('POST', '/apikeys', { body: { name: 'x', scopes: ['?'] } })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    const paths = problemBody.parse(answer.body).errors?.map((error) => error.path)
    expect(paths?.sort()).toEqual(['displayName', 'name', 'scopes.0'])
  })

  test('an empty or repeated x-account-id never falls back to the primary account', async () => {
    for (const value of ['', 'default, default']) {
      const answer = await service.send('GET', '/apikeys', { headers: { 'x-account-id': value } })
      expect(answer.status).toBe(400)
    }
  })
})

describe('404', () => {
  test('a foreign account is answered like a missing one on every route', async () => {
    for (const path of ['/apikeys', '/whoami', '/spaces', '/apikeys/apiKey-none']) {
      const answer = await service.send('GET', path, { headers: { 'x-account-id': 'foreign' } })
      expect(answer).toMatchObject({ status: 404, body: { code: 'AccountNotFound' } })
    }
  })
})

describe('403', () => {
  test('C3: nobody grants what he does not have', async () => {
    const maker = issued(await issue({ scopes: ['writeApiKeys', 'billing:read'] }))
    const token = maker.credential.token ?? ''
    const send = (scopes: string[]) =>
      service.send('POST', '/apikeys', { token, body: { displayName: 'child', scopes } })
    expect((await send(['billing:read'])).status).toBe(201)
    expect(await send(['billing:write'])).toMatchObject({
      status: 403,
      body: { code: 'ScopeNotGranted' },
    })
  })

  test('a scope that cannot be granted is told by its place in the body, beside those that the key has', async () => {
    const { key } = issued(await issue({ scopes: ['billing:read'] }))
    const { credential } = issued(await issue({ scopes: ['writeApiKeys'] }))
    const answer = await service.send('PATCH', `/apikeys/${key.id}`, {
      token: credential.token ?? '',
      body: { scopes: ['billing:read', 'billing:write'] },
    })
    expect(answer).toMatchObject({
      status: 403,
      body: { code: 'ScopeNotGranted', errors: [{ path: 'scopes.1' }] },
    })
  })

  test('C6: a key without writeApiKeys makes no keys', async () => {
    const { credential } = issued(await issue({ scopes: ['readApiKeys'] }))
    const answer = await service.send('POST', '/apikeys', {
      token: credential.token ?? '',
      body: { displayName: 'child' },
    })
    expect(answer).toMatchObject({ status: 403, body: { code: 'Forbidden' } })
  })
})

describe('409', () => {
  test('a create is not repeated once its token was acknowledged, and the answer names the key', async () => {
    const first = issued(await issue({ pending: true }, { 'idempotency-key': 'used' }))
    await verify(first.credential.token)
    const again = await issue({ pending: true }, { 'idempotency-key': 'used' })
    expect(again).toMatchObject({
      status: 409,
      body: { code: 'IdempotencyKeyReused', keyId: first.key.id },
    })
  })

  test('two creates at once under one name: one is told that the other is under way', async () => {
    const answers = await Promise.all(
      [1, 2].map(() => issue({ pending: true }, { 'idempotency-key': 'twins' })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
    const refused = answers.find(({ status }) => status === 409)
    expect(refused?.body).toMatchObject({ code: 'RequestInFlight' })
  })

  test('a token that the key no longer has cannot be acknowledged', async () => {
    const first = issued(await issue({ pending: true }, { 'idempotency-key': 'stale' }))
    await issue({ pending: true }, { 'idempotency-key': 'stale' })
    const answer = await service.send('POST', `/apikeys/${first.key.id}/activate`, {
      body: { credentialId: first.credential.id },
    })
    expect(answer).toMatchObject({ status: 409, body: { code: 'Conflict' } })
  })
})

describe('422', () => {
  test('the same idempotency key with another body is refused by name', async () => {
    await issue({ pending: true }, { 'idempotency-key': 'other' })
    const answer = await issue({ pending: true, scopes: ['x'] }, { 'idempotency-key': 'other' })
    expect(answer).toMatchObject({ status: 422, body: { code: 'IdempotencyKeyMismatch' } })
  })
})
