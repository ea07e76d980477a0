import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { generateToken, issuedKeyBody, keyRecord } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, startTestService, type TestService } from '../../test-service.ts'

let service: TestService

beforeAll(async () => {
  service = await startTestService({
    plans: [
      { id: 'unlimited', displayName: 'Unlimited' },
      { id: 'two', displayName: 'Two', keyLimit: 2 },
      { id: 'free', displayName: 'Free', apiKeys: false },
    ],
  })
})
afterAll(() => service.stop())

const issued = (answer: Answer) => issuedKeyBody.parse(answer.body)
const issue = async (body: object = {}, headers: Record<string, string> = {}) =>
  issued(await service.send('POST', '/apikeys', { body: { displayName: 'k', ...body }, headers }))
const post = (id: string, verb: string, body?: object, headers: Record<string, string> = {}) =>
  service.send('POST', `/apikeys/${id}/${verb}`, { headers, ...(body ? { body } : {}) })
const verdict = async (token: string | undefined, probe = false) =>
  (await service.send('POST', '/verify', { body: { token, probe } })).body

describe('rotate', () => {
  test('B10: without a grace period the token of before is dead at once, and the record stays', async () => {
    const first = await issue()
    const second = issued(await post(first.key.id, 'rotate', {}))
    expect(second.key.id).toBe(first.key.id)
    expect(await verdict(first.credential.token)).toMatchObject({ valid: false })
    expect(await verdict(second.credential.token)).toMatchObject({ valid: true })
    expect(second.key.credentials).toHaveLength(1)
  })

  test('in a grace period both tokens work, and a third is refused until the first has ended', async () => {
    const first = await issue()
    const second = issued(await post(first.key.id, 'rotate', { gracePeriodSeconds: 60 }))
    expect(second.key.credentials.map(({ role }) => role).sort()).toEqual(['current', 'previous'])
    expect(await verdict(first.credential.token)).toMatchObject({ valid: true })
    const third = await post(first.key.id, 'rotate', {})
    expect(third).toMatchObject({ status: 409, body: { code: 'RotationInProgress' } })
    const ended = await service.send('DELETE', `/apikeys/${first.key.id}/previous`)
    expect(ended.status).toBe(204)
    expect(await verdict(first.credential.token)).toMatchObject({ valid: false })
    expect((await post(first.key.id, 'rotate', {})).status).toBe(200)
  })

  test('a grace period ends by itself', async () => {
    const first = await issue()
    await post(first.key.id, 'rotate', { gracePeriodSeconds: 60 })
    service.pass(60)
    expect(await verdict(first.credential.token)).toMatchObject({ reason: 'KeyExpired' })
    expect((await post(first.key.id, 'rotate', {})).status).toBe(200)
  })

  test('a pending rotation leaves the token of before alone until the new one is used', async () => {
    const first = await issue()
    const second = issued(await post(first.key.id, 'rotate', { pending: true }))
    await verdict(second.credential.token, true)
    expect(await verdict(first.credential.token)).toMatchObject({ valid: true })
    expect(await verdict(second.credential.token)).toMatchObject({ valid: true })
    expect(await verdict(first.credential.token)).toMatchObject({ valid: false })
  })

  test('a pending rotation that nobody acknowledged leaves the key as it was', async () => {
    const first = await issue()
    const second = issued(await post(first.key.id, 'rotate', { pending: true }))
    service.pass(86_400)
    expect(await verdict(second.credential.token)).toMatchObject({ valid: false })
    expect(await verdict(first.credential.token)).toMatchObject({ valid: true })
    const key = keyRecord.parse((await service.send('GET', `/apikeys/${first.key.id}`)).body)
    expect(key.credentials).toMatchObject([{ id: first.credential.id, role: 'current' }])
    expect((await post(first.key.id, 'rotate', {})).status).toBe(200)
  })

  test('a repeated pending rotation replaces the unused token, and only that', async () => {
    const first = await issue()
    const rotate = () =>
      post(first.key.id, 'rotate', { pending: true }, { 'idempotency-key': `r-${first.key.id}` })
    const second = issued(await rotate())
    const third = issued(await rotate())
    expect(await verdict(second.credential.token, true)).toMatchObject({ valid: false })
    expect(await verdict(first.credential.token)).toMatchObject({ valid: true })
    expect(await verdict(third.credential.token)).toMatchObject({ valid: true })
    expect(await rotate()).toMatchObject({ status: 409, body: { code: 'IdempotencyKeyReused' } })
  })

  test('the answer carries a token, so it needs every right that the key has', async () => {
    const strong = await issue({ scopes: ['billing:write'] })
    const weak = await issue({ scopes: ['writeApiKeys', 'readApiKeys'] })
    const answer = await service.send('POST', `/apikeys/${strong.key.id}/rotate`, {
      body: {},
      token: weak.credential.token ?? '',
    })
    expect(answer).toMatchObject({ status: 403, body: { code: 'ScopeNotGranted' } })
  })
})

describe('disable and enable', () => {
  test('a disabled key is dead at once and lives again when it is enabled', async () => {
    const { key, credential } = await issue()
    await post(key.id, 'disable', { reason: 'on holiday' })
    expect(await verdict(credential.token)).toMatchObject({ reason: 'KeyDisabled' })
    expect((await post(key.id, 'rotate', {})).body).toMatchObject({ code: 'KeyDisabled' })
    await post(key.id, 'enable')
    expect(await verdict(credential.token)).toMatchObject({ valid: true })
  })

  test('a key that is switched off says why, until it is switched on or turns out to be published', async () => {
    const { key, credential } = await issue()
    const read = async () => keyRecord.parse((await service.send('GET', `/apikeys/${key.id}`)).body)
    await post(key.id, 'disable', { reason: 'on holiday' })
    const disabled = { state: 'disabled', stateReason: 'KeyDisabled' }
    expect(await read()).toMatchObject({ ...disabled, stateMessage: 'on holiday', version: 2 })
    await post(key.id, 'disable', {})
    await post(key.id, 'disable', { reason: 'on holiday' })
    expect(await read()).toMatchObject({ stateMessage: 'on holiday', version: 2 })
    await post(key.id, 'disable', { reason: 'KeyLeaked' })
    expect(await read()).toMatchObject({ ...disabled, stateMessage: 'KeyLeaked', version: 3 })
    await post(key.id, 'enable')
    const enabled = await read()
    expect([enabled.state, enabled.stateReason, enabled.stateMessage]).toEqual([
      'active',
      undefined,
      undefined,
    ])
    await post(key.id, 'disable', { reason: 'a suspicion' })
    await service.send('POST', '/leaks', { body: { token: credential.token } })
    await post(key.id, 'disable', { reason: 'nothing happened' })
    const leaked = await read()
    expect([leaked.stateReason, leaked.stateMessage]).toEqual(['KeyLeaked', undefined])
  })

  test('enabling needs every right of the key', async () => {
    const strong = await issue({ scopes: ['billing:write'] })
    const weak = await issue({ scopes: ['writeApiKeys'] })
    await post(strong.key.id, 'disable', {})
    const answer = await service.send('POST', `/apikeys/${strong.key.id}/enable`, {
      token: weak.credential.token ?? '',
    })
    expect(answer.status).toBe(403)
  })

  test('nothing brings a revoked key back', async () => {
    const { key } = await issue()
    await service.send('DELETE', `/apikeys/${key.id}`)
    for (const verb of ['enable', 'disable', 'rotate'] as const) {
      const answer = await post(key.id, verb, verb === 'enable' ? undefined : {})
      expect(answer).toMatchObject({ status: 409, body: { code: 'KeyRevoked' } })
    }
  })
})

describe('limits', () => {
  test('D4: at its limit an account gets no more keys, however many ask at once', async () => {
    await service.send('POST', '/accounts', {
      body: { id: 'small', displayName: 'Small', plan: 'two' },
    })
    const headers = { 'x-account-id': 'small' }
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        service.send('POST', '/apikeys', { body: { displayName: 'k', pending: true }, headers }),
      ),
    )
    const made = answers.filter(({ status }) => status === 201).map((each) => issued(each).key.id)
    expect(made).toHaveLength(2)
    const refused = answers.filter(({ status }) => status !== 201)
    for (const each of refused) expect(each.body).toMatchObject({ code: 'QuotaExceeded' })
  })

  test('a disabled key leaves room, and enabling it needs room again', async () => {
    await service.send('POST', '/accounts', {
      body: { id: 'full', displayName: 'Full', plan: 'two' },
    })
    const headers = { 'x-account-id': 'full' }
    const first = await issue({}, headers)
    await issue({}, headers)
    await post(first.key.id, 'disable', {})
    await issue({}, headers)
    const enabled = await post(first.key.id, 'enable')
    expect(enabled).toMatchObject({ status: 403, body: { code: 'QuotaExceeded' } })
  })

  test('P4 A2 B1: an account whose plan has no keys is told so, apart from limits and rights', async () => {
    await service.send('POST', '/accounts', {
      body: { id: 'poor', displayName: 'Poor', plan: 'free' },
    })
    const answer = await service.send('POST', '/apikeys', {
      body: { displayName: 'k' },
      headers: { 'x-account-id': 'poor' },
    })
    expect(answer).toMatchObject({ status: 402, body: { code: 'PlanRequired' } })
  })

  test('P24: an account whose subscription has lapsed gets no key, and is told that it is not the plan', async () => {
    await service.send('POST', '/accounts', { body: { id: 'lapsed', displayName: 'Lapsed' } })
    await service.send('PATCH', '/accounts/lapsed', { body: { subscriptionActive: false } })
    const answer = await service.send('POST', '/apikeys', {
      body: { displayName: 'k' },
      headers: { 'x-account-id': 'lapsed' },
    })
    expect(answer).toMatchObject({ status: 402, body: { code: 'SubscriptionInactive' } })
  })
})

describe('a chosen token', () => {
  const token = () => generateToken({ prefix: 'lk_' }, { randomBytes, crc32 })
  const choose = (chosen: string, body: object = {}) =>
    service.send('POST', '/apikeys', { body: { displayName: 'mine', token: chosen, ...body } })

  test('works, and an identical repeat returns the same live key', async () => {
    const chosen = token()
    const first = issued(await choose(chosen))
    expect(await verdict(chosen)).toMatchObject({ valid: true, keyId: first.key.id })
    expect(issued(await choose(chosen)).key.id).toBe(first.key.id)
  })

  test('is refused when it was registered before, even by a key that has ended', async () => {
    const chosen = token()
    const first = issued(await choose(chosen))
    expect(await choose(chosen, { scopes: ['x'] })).toMatchObject({ status: 409 })
    await service.send('DELETE', `/apikeys/${first.key.id}`)
    expect(await choose(chosen)).toMatchObject({ status: 409, body: { code: 'AlreadyExists' } })
  })

  test('must have the full format and strength', async () => {
    const body = `lk_${'a'.repeat(36)}`
    const tail = (crc: string) => body + crc
    const weak = generateToken(
      { prefix: 'lk_' },
      { randomBytes: (count) => new Uint8Array(count), crc32 },
    )
    for (const bad of ['secret', token().slice(0, -1), `x${token()}`, tail('000000'), weak]) {
      const answer = await choose(bad)
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'token' }] } })
    }
  })

  test('needs a right of its own', async () => {
    const { credential } = await issue({ scopes: ['writeApiKeys'] })
    const answer = await service.send('POST', '/apikeys', {
      body: { displayName: 'mine', token: token() },
      token: credential.token ?? '',
    })
    expect(answer).toMatchObject({ status: 403, body: { code: 'Forbidden' } })
  })
})
