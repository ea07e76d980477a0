import { issuedKeyBody, loggedInBody } from '@latchkey/core'
import { expect, test } from 'vitest'
import type { KeyServiceConfigInput } from '../config.ts'
import { startTestService, type TestService } from '../test-service.ts'

// Each way to authenticate, allowed alone: it works, and no other does.

const only = (way: string): KeyServiceConfigInput => {
  const ways = ['bearer', 'raw', 'pair', 'apiKeyHeader', 'session']
  return { authentication: Object.fromEntries(ways.map((each) => [each, each === way])) }
}

/** Which of these headers lead to an answer. */
async function working(
  service: TestService,
  headers: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<string[]> {
  const names: string[] = []
  for (const [name, each] of Object.entries(headers)) {
    const { status } = await service.send('GET', '/whoami', { token: null, headers: each })
    if (status === 200) names.push(name)
    else expect(status).toBe(401)
  }
  return names
}

for (const way of ['bearer', 'raw', 'apiKeyHeader']) {
  test(`a token works by ${way} alone where nothing else is switched on`, async () => {
    const service = await startTestService(only(way))
    const token = service.adminToken
    expect(
      await working(service, {
        bearer: { authorization: `Bearer ${token}` },
        raw: { authorization: token },
        apiKeyHeader: { 'api-key': token },
        both: { 'api-key': token, authorization: `Bearer ${token}` },
      }),
    ).toEqual([way])
    await service.stop()
  })
}

test('C12: a pair works in its two headers alone, and neither half does', async () => {
  const service = await startTestService({ token: { kind: 'pair' }, ...only('pair') })
  const [apiKey = '', apiSecret = ''] = service.adminToken.split('\n')
  expect(
    await working(service, {
      pair: { 'x-api-key': apiKey, 'x-api-secret': apiSecret },
      half: { 'x-api-key': apiKey },
      bearer: { authorization: `Bearer ${apiSecret}` },
      other: { 'x-api-key': 'apiKey-none', 'x-api-secret': apiSecret },
      empty: { 'x-api-key': apiKey, 'x-api-secret': '' },
    }),
  ).toEqual(['pair'])
  await service.stop()
})

test('C11: a pair logs in, and its session works where sessions alone are switched on', async () => {
  const service = await startTestService({ token: { kind: 'pair' }, ...only('session') })
  const [apiKey = '', apiSecret = ''] = service.adminToken.split('\n')
  const body = { apiKey, apiSecret }
  const opened = await service.send('POST', '/auth/login', { token: null, body })
  const { token } = loggedInBody.parse(opened.body)
  expect(
    await working(service, {
      session: { authorization: `Bearer ${token}` },
      pair: { 'x-api-key': apiKey, 'x-api-secret': apiSecret },
      raw: { authorization: token },
    }),
  ).toEqual(['session'])
  await service.stop()
})

test('where sessions are switched off nobody logs in, and no session token works', async () => {
  const service = await startTestService({ authentication: { session: false } })
  const body = { token: service.adminToken }
  const answer = await service.send('POST', '/auth/login', { token: null, body })
  expect(answer).toMatchObject({ status: 403, body: { code: 'Forbidden' } })
  const issued = await service.send('POST', '/apikeys', { body: { displayName: 'k' } })
  expect(issuedKeyBody.parse(issued.body).credential.token).toBeDefined()
  await service.stop()
})
