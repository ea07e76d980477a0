import { auditListBody } from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-service.ts'

// What a flood of logins may cost, and where it is seen.

let service: TestService
beforeAll(async () => {
  service = await startTestService({ passwords: { concurrent: 1, waiting: 2 } })
})
afterAll(() => service.stop())

const password = 'correct horse battery'
async function user(id: string): Promise<void> {
  await service.send('POST', '/users', { body: { id, displayName: id } })
  await service.send('PUT', `/users/${id}/login`, { body: { password } })
}
const login = (username: string, given = 'wrong') =>
  service.send('POST', '/auth/login', { token: null, body: { username, password: given } })
const pauses = async () =>
  auditListBody.parse((await service.send('GET', '/audit?action=LoginPaused')).body).items
const metrics = async () => (await fetch(`${service.url}/metrics`)).text()

test('logins beyond those that may wait get 429 with Retry-After, and tokens verify beside them', async () => {
  const flood = Array.from({ length: 9 }, (_, index) => login(`nobody-${index}`))
  const verdict = await service.send('POST', '/verify', { body: { token: service.adminToken } })
  expect(verdict.body).toMatchObject({ valid: true })
  const answers = await Promise.all(flood)
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(3)
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused).toHaveLength(6)
  for (const { headers, body } of refused) {
    expect(headers.get('retry-after')).toBe('1')
    expect(body).toMatchObject({ code: 'TooManyRequests' })
  }
  const counted = await metrics()
  expect(counted).toContain('{way="password",reason="TooManyRequests"} 6\n')
  expect(counted).toContain('{way="password",reason="Unauthorized"} 3\n')
})

test('the account reads when the logins of a user begin to be paused, once however long it goes on', async () => {
  await user('ann')
  for (let failed = 0; failed < 9; failed++) await login('ann')
  expect(await pauses()).toEqual([])
  for (const status of [401, 429]) expect((await login('ann')).status).toBe(status)
  service.pass(2)
  expect((await login('ann')).status).toBe(401)
  expect(await pauses()).toMatchObject([
    { account: 'default', actor: 'system', subject: { kind: 'user', id: 'ann' } },
  ])
})

test('a name that nobody has is paused alike, and no account reads of it', async () => {
  for (let failed = 0; failed < 10; failed++) await login('nobody')
  expect((await login('nobody')).status).toBe(429)
  expect((await pauses()).map(({ subject }) => subject.id)).toEqual(['ann'])
})

test('no name that somebody typed, and no password, is in the log or among the metrics', async () => {
  await login('typed-by-mistake', 'hunter2hunter2')
  await service.send('POST', '/auth/login', { token: null, body: { token: 'lk_hunter2' } })
  expect(await metrics()).toContain('{way="token",reason="Unauthorized"} 1\n')
  for (const text of [service.logged(), await metrics()]) {
    expect(text).not.toMatch(/typed-by-mistake|hunter2/)
  }
})
