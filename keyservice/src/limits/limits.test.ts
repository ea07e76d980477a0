import { issuedKeyBody } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-service.ts'

let service: TestService
beforeAll(async () => {
  const perKey = { requests: 5, windowSeconds: 60 }
  const perAccount = { requests: 8, windowSeconds: 60 }
  service = await startTestService({
    plans: [
      { id: 'unlimited', displayName: 'Unlimited' },
      { id: 'small', displayName: 'Small', rateLimits: { perKey, perAccount } },
    ],
    failedVerifications: { requests: 3, windowSeconds: 60 },
  })
})
afterAll(() => service.stop())

let accounts = 0
/** Keys in a fresh account of the small plan. */
async function keys(count: number): Promise<string[]> {
  const id = `small-${++accounts}`
  await service.send('POST', '/accounts', { body: { id, displayName: id, plan: 'small' } })
  const issue = async () => {
    const answer = await service.send('POST', '/apikeys', {
      headers: { 'x-account-id': id },
      body: { displayName: 'k', scopes: ['readApiKeys'] },
    })
    return issuedKeyBody.parse(answer.body).credential.token ?? ''
  }
  return Promise.all(Array.from({ length: count }, issue))
}

const verify = (token: string, more: object = {}) =>
  service.send('POST', '/verify', { body: { token, ...more } })
const rateOf = ({ headers }: { readonly headers: Headers }) =>
  ['limit', 'remaining'].map((name) => headers.get(`x-ratelimit-${name}`))

describe('requests of a key', () => {
  test('P8 B12: beyond the limit of the plan they get 429, and every answer tells the rate', async () => {
    const [token = ''] = await keys(1)
    const ask = (path: string) => service.send('GET', path, { token })
    expect(rateOf(await ask('/apikeys'))).toEqual(['5', '4'])
    expect(rateOf(await ask('/apikeys/none'))).toEqual(['5', '3'])
    for (let request = 0; request < 3; request++) await ask('/whoami')
    const refused = await ask('/whoami')
    expect(refused).toMatchObject({ status: 429, body: { code: 'TooManyRequests' } })
    expect(rateOf(refused)).toEqual(['5', '0'])
    const wait = Number(refused.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(0)
    const reset = Number(refused.headers.get('x-ratelimit-reset'))
    service.pass(wait)
    const again = await ask('/whoami')
    expect(again.status).toBe(200)
    expect(Number(again.headers.get('x-ratelimit-reset'))).toBe(reset + 60)
  })

  test('the keys of an account share its limit', async () => {
    const [first = '', second = ''] = await keys(2)
    for (let request = 0; request < 5; request++)
      await service.send('GET', '/whoami', { token: first })
    const statuses: number[] = []
    for (let request = 0; request < 4; request++) {
      statuses.push((await service.send('GET', '/whoami', { token: second })).status)
    }
    expect(statuses).toEqual([200, 200, 200, 429])
  })

  test('where the plan has no limit there are no such headers', async () => {
    const answer = await service.send('GET', '/whoami')
    expect(rateOf(answer)).toEqual([null, null])
  })
})

describe('verifications', () => {
  test('P8: count against the key in question, and say when it is used up', async () => {
    const [token = ''] = await keys(1)
    expect((await verify(token)).body).toMatchObject({
      valid: true,
      rateLimit: { limit: 5, remaining: 4 },
    })
    for (let request = 0; request < 4; request++) await verify(token)
    expect((await verify(token, { probe: true })).body).toMatchObject({ valid: true })
    const refused = await verify(token)
    expect(refused.body).toMatchObject({ valid: false, reason: 'TooManyRequests' })
    expect(refused.status).toBe(200)
    expect(rateOf(refused)).toEqual(['5', '0'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('failures count per client address, and never make a valid token fail', async () => {
    const [token = ''] = await keys(1)
    const from = (clientAddress: string, asked: string) => verify(asked, { clientAddress })
    for (let request = 0; request < 3; request++) {
      expect((await from('192.0.2.1', 'lk_none')).body).toMatchObject({ reason: 'NotFound' })
    }
    expect((await from('192.0.2.1', 'lk_none')).body).toMatchObject({ reason: 'TooManyRequests' })
    expect((await from('192.0.2.1', token)).body).toMatchObject({ valid: true })
    expect((await from('192.0.2.2', 'lk_none')).body).toMatchObject({ reason: 'NotFound' })
  })

  test('a key that lacks a scope is no failure: nobody is guessing', async () => {
    const [token = ''] = await keys(1)
    for (let request = 0; request < 5; request++) {
      const asked = await verify(token, { clientAddress: '192.0.2.9', scopes: ['other'] })
      expect(asked.body).toMatchObject({ reason: 'Forbidden' })
    }
    const { body } = await verify('lk_none', { clientAddress: '192.0.2.9' })
    expect(body).toMatchObject({ reason: 'NotFound' })
  })

  test('who may not verify is not believed about addresses, and what is no address is refused', async () => {
    const [token = ''] = await keys(1)
    const body = { token: 'lk_none', clientAddress: '192.0.2.20' }
    for (let request = 0; request < 4; request++) {
      expect((await service.send('POST', '/verify', { token, body })).status).toBe(403)
    }
    expect((await verify('lk_none', body)).body).toMatchObject({ reason: 'NotFound' })
    expect((await verify('lk_none', { clientAddress: 'everybody' })).status).toBe(400)
  })
})
