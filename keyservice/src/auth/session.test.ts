import { issuedKeyBody, loggedInBody } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService({ session: { seconds: 3600 } })
})
afterAll(() => service.stop())

async function issue(body: object = {}) {
  const answer = await service.send('POST', '/apikeys', { body: { displayName: 'k', ...body } })
  const { key, credential } = issuedKeyBody.parse(answer.body)
  return { id: key.id, token: credential.token ?? '' }
}

async function login(body: object): Promise<string> {
  const answer = await service.send('POST', '/auth/login', { token: null, body })
  return loggedInBody.parse(answer.body).token
}

const whoami = (token: string) => service.send('GET', '/whoami', { token })
const verdict = async (token: string, more: object = {}) =>
  (await service.send('POST', '/verify', { body: { token, ...more } })).body

describe('a session of a key', () => {
  test('C11: a session token works as a Bearer token, with the rights of its key', async () => {
    const key = await issue({ scopes: ['readApiKeys', 'readMerchants'] })
    const token = await login({ token: key.token })
    expect(token).not.toBe(key.token)
    expect((await whoami(token)).body).toMatchObject({
      keyId: key.id,
      scopes: ['readApiKeys', 'readMerchants'],
    })
    expect(
      (await service.send('POST', '/apikeys', { token, body: { displayName: 'x' } })).status,
    ).toBe(403)
  })

  test('C11: a product that is given a session token learns of its key by asking', async () => {
    const key = await issue({ scopes: ['readMerchants'] })
    const token = await login({ token: key.token })
    expect(await verdict(token, { scopes: ['readMerchants'] })).toMatchObject({
      valid: true,
      keyId: key.id,
      expirationTime: expect.any(String),
    })
    expect(await verdict(token, { scopes: ['writeMerchants'] })).toMatchObject({ valid: false })
    await service.send('DELETE', `/apikeys/${key.id}`)
    expect(await verdict(token)).toMatchObject({ valid: false, reason: 'KeyRevoked' })
  })

  test('it may do what its key may do now, not what it could when it was opened', async () => {
    const key = await issue({ scopes: ['readApiKeys'] })
    const token = await login({ token: key.token })
    expect((await service.send('GET', '/apikeys', { token })).status).toBe(200)
    await service.send('PATCH', `/apikeys/${key.id}`, { body: { scopes: [] } })
    expect((await service.send('GET', '/apikeys', { token })).status).toBe(403)
  })

  test('it ends at once when its key is revoked, disabled, or rotated', async () => {
    const ends = [
      (id: string) => service.send('DELETE', `/apikeys/${id}`),
      (id: string) => service.send('POST', `/apikeys/${id}/disable`, { body: {} }),
      (id: string) => service.send('POST', `/apikeys/${id}/rotate`, { body: {} }),
    ]
    for (const end of ends) {
      const key = await issue()
      const token = await login({ token: key.token })
      expect((await whoami(token)).status).toBe(200)
      expect((await end(key.id)).status).toBeLessThan(300)
      expect((await whoami(token)).status).toBe(401)
    }
  })

  test('it ends when its key expires, and says so from the start', async () => {
    const key = await issue({ expiration: { after: '10m' } })
    const opened = await service.send('POST', '/auth/login', {
      token: null,
      body: { token: key.token },
    })
    const { token, session } = loggedInBody.parse(opened.body)
    expect(Date.parse(session.expirationTime) - Date.parse(session.createdTime)).toBe(600_000)
    service.pass(601)
    expect((await whoami(token)).status).toBe(401)
  })

  test('it ends after its time, and by logging out', async () => {
    const { token } = await issue()
    const [first, second] = [await login({ token }), await login({ token })]
    expect((await service.send('GET', '/auth/session', { token: first })).status).toBe(200)
    expect((await service.send('DELETE', '/auth/session', { token: first })).status).toBe(204)
    expect((await whoami(first)).status).toBe(401)
    expect((await whoami(second)).status).toBe(200)
    service.pass(3601)
    expect((await whoami(second)).status).toBe(401)
    expect((await whoami(token)).status).toBe(200)
  })

  test('a session cannot open another one, and without a session there is none to read', async () => {
    const { token } = await issue()
    const session = await login({ token })
    const again = await service.send('POST', '/auth/login', {
      token: null,
      body: { token: session },
    })
    expect(again).toMatchObject({ status: 401, body: { code: 'Unauthorized' } })
    expect((await service.send('GET', '/auth/session', { token })).status).toBe(404)
  })

  test('neither token nor hash of a session is in the log', async () => {
    const { token } = await issue()
    expect(service.logged()).not.toContain(await login({ token }))
  })

  test('what is no way to log in is refused by name, and never half understood', async () => {
    const bodies = [{}, { token: 'a', password: 'b' }, { apiKey: 'a' }, { username: 'a' }]
    for (const body of bodies) {
      const answer = await service.send('POST', '/auth/login', { token: null, body })
      expect(answer).toMatchObject({ status: 400, body: { code: 'Invalid' } })
    }
  })
})

describe('a user', () => {
  const password = 'correct horse battery'
  let made = 0
  async function user(scopes: string[] = ['readApiKeys']): Promise<string> {
    const id = `ann${++made}`
    await service.send('POST', '/users', { body: { id, displayName: 'Ann' } })
    const answer = await service.send('PUT', `/users/${id}/login`, { body: { password, scopes } })
    expect(answer.status).toBe(204)
    return id
  }
  const tryLogin = (username: string, text: string) =>
    service.send('POST', '/auth/login', { token: null, body: { username, password: text } })

  test('C11: logs in with his password, and has the rights that he was given', async () => {
    const id = await user()
    const token = await login({ username: id, password })
    const me = await whoami(token)
    expect(me.body).toMatchObject({ userId: id, account: 'default', scopes: ['readApiKeys'] })
    expect((await service.send('GET', '/apikeys', { token })).status).toBe(200)
    expect(await verdict(token)).toMatchObject({ valid: true, userId: id })
    expect(
      (await service.send('POST', '/spaces', { token, body: { displayName: 's' } })).status,
    ).toBe(403)
  })

  test('a wrong password and an unknown name are answered alike', async () => {
    const id = await user()
    const wrong = await tryLogin(id, 'wrong')
    const unknown = await tryLogin('nobody', 'wrong')
    expect(wrong.status).toBe(401)
    expect(unknown.body).toEqual(wrong.body)
  })

  test('failed logins are counted, tries that come together too, and force a pause', async () => {
    const id = await user()
    const tries = await Promise.all(Array.from({ length: 14 }, () => tryLogin(id, 'wrong')))
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(10)
    const right = await tryLogin(id, password)
    expect(right.status).toBe(429)
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0)
    service.pass(2)
    expect((await tryLogin(id, password)).status).toBe(200)
    expect((await tryLogin(id, 'wrong')).status).toBe(401)
  })

  test('his own change of the password needs the present one and ends his sessions', async () => {
    const id = await user()
    const token = await login({ username: id, password })
    const change = (currentPassword: string) =>
      service.send('PUT', '/auth/password', {
        token,
        body: { currentPassword, password: 'another good one' },
      })
    expect((await change('wrong')).status).toBe(401)
    expect((await change(password)).status).toBe(204)
    expect((await whoami(token)).status).toBe(401)
    expect((await tryLogin(id, password)).status).toBe(401)
    expect((await tryLogin(id, 'another good one')).status).toBe(200)
  })

  test('his sessions end with his login, and with himself', async () => {
    for (const path of ['/login', '']) {
      const id = await user()
      const token = await login({ username: id, password })
      expect((await service.send('DELETE', `/users/${id}${path}`)).status).toBe(204)
      expect((await whoami(token)).status).toBe(401)
      expect((await tryLogin(id, password)).status).toBe(401)
    }
  })

  test('C3: nobody gives a user rights, or sets his password, beyond his own rights', async () => {
    const id = await user(['readApiKeys', 'writeMerchants'])
    const admin = await issue({ scopes: ['manageAccount', 'readApiKeys'] })
    const set = (body: object) =>
      service.send('PUT', `/users/${id}/login`, { token: admin.token, body })
    const session = await login({ username: id, password })
    for (const scopes of [undefined, ['readApiKeys'], []]) {
      const answer = await set({ password: 'his for the taking', scopes })
      expect(answer).toMatchObject({ status: 403, body: { code: 'ScopeNotGranted' } })
    }
    expect((await whoami(session)).status).toBe(200)
    expect((await tryLogin(id, password)).status).toBe(200)
    const weaker = `/users/${await user(['readApiKeys'])}/login`
    const change = { token: admin.token, body: { password, scopes: [] } }
    expect((await service.send('PUT', weaker, change)).status).toBe(204)
  })

  test('a password that is too short is refused, and none is ever in the log', async () => {
    const id = await user()
    const short = await service.send('PUT', `/users/${id}/login`, { body: { password: 'short' } })
    expect(short.status).toBe(400)
    expect(service.logged()).not.toContain(password)
  })
})
