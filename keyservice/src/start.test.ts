import { issuedKeyBody, keyRecord } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PostgresServer, startPostgres } from './store/postgres/test-server.ts'
import { startTestService, type TestService } from './test-service.ts'

describe('two replicas on one PostgreSQL', () => {
  let server: PostgresServer
  let left: TestService
  let right: TestService
  let admin: string

  beforeAll(async () => {
    server = await startPostgres()
    const databaseUrl = await server.createDatabase()
    const plans = [
      { id: 'unlimited', displayName: 'Unlimited' },
      { id: 'five', displayName: 'Five', keyLimit: 5 },
    ]
    left = await startTestService({ databaseUrl, plans })
    right = await startTestService({ databaseUrl, plans })
    admin = left.adminToken
  })
  afterAll(async () => {
    await left.stop()
    await right.stop()
    await server.stop()
  })

  const issue = async (at: TestService, body: object = {}, headers: Record<string, string> = {}) =>
    at.send('POST', '/apikeys', { token: admin, headers, body: { displayName: 'k', ...body } })

  test('only the first start makes an administrator', () => {
    expect(right.adminToken).toBe('')
  })

  test('no verification that begins after a revocation was answered succeeds, on either', async () => {
    for (let round = 0; round < 20; round++) {
      const { key, credential } = issuedKeyBody.parse((await issue(left)).body)
      const ask = () =>
        right.send('POST', '/verify', { token: admin, body: { token: credential.token } })
      expect((await ask()).body).toMatchObject({ valid: true })
      await left.send('DELETE', `/apikeys/${key.id}`, { token: admin })
      expect((await ask()).body).toMatchObject({ valid: false, reason: 'KeyRevoked' })
    }
  })

  test('a limit holds over both together', async () => {
    const account = { id: 'five', displayName: 'Five', plan: 'five' }
    await left.send('POST', '/accounts', { token: admin, body: account })
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        issue(index % 2 ? left : right, {}, { 'x-account-id': 'five' }),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5)
  })

  test('one name at both at once makes one key with one token that works', async () => {
    const headers = { 'idempotency-key': 'both' }
    const answers = await Promise.all(
      [left, right, left, right].map((at) => issue(at, { pending: true }, headers)),
    )
    const made = answers.filter(({ status }) => status === 201)
    const issued = made.map(({ body }) => issuedKeyBody.parse(body))
    expect(new Set(issued.map(({ key }) => key.id)).size).toBe(1)
    const verdicts = await Promise.all(
      issued.map(({ credential: { token } }) =>
        left.send('POST', '/verify', { token: admin, body: { token, probe: true } }),
      ),
    )
    const valid = verdicts.filter(({ body }) => (body as { valid: boolean }).valid)
    expect(valid).toHaveLength(1)
  })

  test('the first use of a pending key at both at once activates it once', async () => {
    const { key, credential } = issuedKeyBody.parse((await issue(left, { pending: true })).body)
    const body = { token: credential.token }
    const verdicts = await Promise.all(
      [left, right].map((at) => at.send('POST', '/verify', { token: admin, body })),
    )
    for (const verdict of verdicts) expect(verdict.body).toMatchObject({ valid: true })
    const read = await right.send('GET', `/apikeys/${key.id}`, { token: admin })
    expect(keyRecord.parse(read.body)).toMatchObject({ state: 'active', version: 2 })
  })
})

describe('a service of key + secret pairs', () => {
  let service: TestService
  beforeAll(async () => {
    service = await startTestService({ token: { kind: 'pair', preview: 'KeyId' } })
  })
  afterAll(() => service.stop())

  /** The administrator's pair lies in its file as two lines. */
  const admin = () => {
    const [apiKey = '', apiSecret = ''] = service.adminToken.split('\n')
    return { 'x-api-key': apiKey, 'x-api-secret': apiSecret }
  }
  const issue = async () => {
    const answer = await service.send('POST', '/apikeys', {
      token: null,
      headers: admin(),
      body: { displayName: 'k', scopes: ['readApiKeys'] },
    })
    return issuedKeyBody.parse(answer.body)
  }

  test('C7 C14: the issue returns a key and a secret that scanners know', async () => {
    const { key, credential } = await issue()
    expect(credential.apiKey).toBe(key.id)
    expect(credential.apiKey).toMatch(/^apiKey-[0-9A-Za-z]{12}$/)
    expect(credential.apiSecret).toMatch(/^lks_[0-9A-Za-z]{42}$/)
    expect(credential.token).toBeUndefined()
    expect(key.credentials[0]?.preview).toBe(key.id)
  })

  test('C12: both together authenticate; the secret alone, or with another key, does not', async () => {
    const { credential } = await issue()
    const other = await issue()
    const whoami = (headers: Record<string, string>) =>
      service.send('GET', '/whoami', { token: null, headers })
    const { apiKey = '', apiSecret = '' } = credential
    expect((await whoami({ 'x-api-key': apiKey, 'x-api-secret': apiSecret })).status).toBe(200)
    expect((await whoami({ authorization: `Bearer ${apiSecret}` })).status).toBe(401)
    const mixed = { 'x-api-key': other.key.id, 'x-api-secret': apiSecret }
    expect((await whoami(mixed)).status).toBe(401)
  })
})
