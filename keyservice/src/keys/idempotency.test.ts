import { issuedKeyBody } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

const makers = ['readApiKeys', 'writeApiKeys', 'a']

/** A caller that makes keys, and what it makes under one name, again and again. */
async function maker() {
  const own = issuedKeyBody.parse(
    (await service.send('POST', '/apikeys', { body: { displayName: 'maker', scopes: makers } }))
      .body,
  )
  const make = () =>
    service.send('POST', '/apikeys', {
      token: own.credential.token ?? '',
      headers: { 'idempotency-key': 'once' },
      body: { displayName: 'made', scopes: ['a'], pending: true },
    })
  return { id: own.key.id, make }
}

const widen = (id: string, scopes: readonly string[]) =>
  service.send('PATCH', `/apikeys/${id}`, { body: { scopes } })

describe('a repeated create', () => {
  test('gives no token to a caller who has lost a right of the key since', async () => {
    const { id, make } = await maker()
    expect((await make()).status).toBe(201)
    await widen(id, ['readApiKeys', 'writeApiKeys'])
    expect(await make()).toMatchObject({ status: 403, body: { code: 'ScopeNotGranted' } })
  })

  test('gives no token of a key that was given rights that the caller does not have', async () => {
    const { make } = await maker()
    const { key, credential } = issuedKeyBody.parse((await make()).body)
    await widen(key.id, ['a', 'b'])
    expect(await make()).toMatchObject({ status: 403, body: { code: 'ScopeNotGranted' } })
    const probe = { token: credential.token, probe: true }
    const { body } = await service.send('POST', '/verify', { body: probe })
    expect(body).toMatchObject({ valid: true, scopes: ['a', 'b'] })
  })
})
