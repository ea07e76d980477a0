import { issuedKeyBody } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../test-service.ts'

let service: TestService

beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

/** A key in an account that was made for it. */
async function inAccount(id: string, key: object = {}, account: object = {}) {
  await service.send('POST', '/accounts', { body: { id, displayName: id, ...account } })
  return keyIn(id, key)
}

async function keyIn(id: string, key: object = {}) {
  const answer = await service.send('POST', '/apikeys', {
    headers: { 'x-account-id': id },
    body: { displayName: 'k', ...key },
  })
  const { key: made, credential } = issuedKeyBody.parse(answer.body)
  return { id: made.id, token: credential.token ?? '' }
}

const verdict = async (token: string, more: object = {}) =>
  (await service.send('POST', '/verify', { body: { token, ...more } })).body

describe('what ends the keys of an account', () => {
  test('B13: a deleted account ends its keys at once, and its id is never given again', async () => {
    const { token } = await inAccount('gone')
    expect((await service.send('DELETE', '/accounts/gone')).status).toBe(204)
    expect(await verdict(token)).toMatchObject({ valid: false, reason: 'AccountNotFound' })
    expect((await service.send('GET', '/whoami', { token })).status).toBe(401)
    const again = await service.send('POST', '/accounts', {
      body: { id: 'gone', displayName: 'again' },
    })
    expect(again).toMatchObject({ status: 409, body: { code: 'AlreadyExists' } })
  })

  test('P24: an inactive subscription and a removed space each end a key, and say which', async () => {
    const { token } = await inAccount('paying')
    const headers = { 'x-account-id': 'paying' }
    await service.send('POST', '/spaces', { headers, body: { id: 'lab', displayName: 'Lab' } })
    const spaced = await keyIn('paying', { space: 'lab' })
    expect(await verdict(spaced.token)).toMatchObject({ valid: true, space: 'lab' })
    await service.send('DELETE', '/spaces/lab', { headers })
    expect(await verdict(spaced.token)).toMatchObject({ reason: 'SpaceNotFound' })
    await service.send('PATCH', '/accounts/paying', { body: { subscriptionActive: false } })
    expect(await verdict(token)).toMatchObject({ reason: 'SubscriptionInactive' })
  })

  test('A7: rights that the account loses are gone from its keys at their next use', async () => {
    const { token } = await inAccount('shrinking', { scopes: ['a', 'b'] })
    await service.send('PATCH', '/accounts/shrinking', { body: { scopes: ['a'] } })
    expect(await verdict(token)).toMatchObject({ valid: true, scopes: ['a'] })
    const asked = await verdict(token, { scopes: ['a', 'b'] })
    expect(asked).toMatchObject({ valid: false, reason: 'Forbidden', missingScopes: ['b'] })
  })
})

describe('accounts apart', () => {
  test('C8: a key sees its own account alone; others are answered like missing ones', async () => {
    const scopes = ['readApiKeys', 'writeApiKeys', 'verifyApiKeys']
    const mine = await inAccount('mine', { scopes })
    const theirs = await inAccount('theirs')
    const { token } = mine
    const list = await service.send('GET', '/apikeys', { token })
    expect(list.body).toMatchObject({ total: 1, items: [{ id: mine.id }] })
    for (const method of ['GET', 'DELETE']) {
      const answer = await service.send(method, `/apikeys/${theirs.id}`, { token })
      const missing = await service.send(method, '/apikeys/apiKey-none', { token })
      expect(answer.status).toBe(404)
      expect(JSON.stringify(answer.body)).toBe(
        JSON.stringify(missing.body).replace('apiKey-none', theirs.id),
      )
    }
    const asked = await service.send('POST', '/verify', { token, body: { token: theirs.token } })
    expect(asked.body).toEqual({ valid: false, reason: 'NotFound' })
    const foreign = await service.send('GET', '/apikeys', {
      token,
      headers: { 'x-account-id': 'theirs' },
    })
    expect(foreign).toMatchObject({ status: 404, body: { code: 'AccountNotFound' } })
  })

  test('P26: a key that is bound to a space sees and makes keys of that space alone', async () => {
    await inAccount('spaces')
    const headers = { 'x-account-id': 'spaces' }
    for (const id of ['left', 'right']) {
      await service.send('POST', '/spaces', { headers, body: { id, displayName: id } })
    }
    const bound = await keyIn('spaces', { space: 'left', scopes: ['readApiKeys', 'writeApiKeys'] })
    const other = await keyIn('spaces', { space: 'right' })
    const send = { token: bound.token }
    const list = await service.send('GET', '/apikeys', send)
    expect(list.body).toMatchObject({ total: 1, items: [{ space: 'left' }] })
    expect((await service.send('GET', `/apikeys/${other.id}`, send)).status).toBe(404)
    expect((await service.send('DELETE', `/apikeys/${other.id}`, send)).status).toBe(404)
    const make = (space?: string) =>
      service.send('POST', '/apikeys', { ...send, body: { displayName: 'child', space } })
    expect((await make()).body).toMatchObject({ key: { space: 'left' } })
    expect(await make('right')).toMatchObject({ status: 422, body: { code: 'SpaceNotFound' } })
  })

  test('P16: naming another owner needs a right of its own', async () => {
    await inAccount('owners')
    const headers = { 'x-account-id': 'owners' }
    await service.send('POST', '/users', { headers, body: { id: 'ann', displayName: 'Ann' } })
    expect((await keyIn('owners', { owner: 'ann' })).id).toBeDefined()
    const maker = await keyIn('owners', { scopes: ['writeApiKeys'] })
    const answer = await service.send('POST', '/apikeys', {
      token: maker.token,
      body: { displayName: 'k', owner: 'ann' },
    })
    expect(answer).toMatchObject({ status: 403, body: { code: 'Forbidden' } })
  })

  test('only an administrator makes, changes and deletes accounts', async () => {
    const { token } = await inAccount('plain', { scopes: ['manageAccount', 'writeApiKeys'] })
    const answers = await Promise.all([
      service.send('POST', '/accounts', { token, body: { displayName: 'mine' } }),
      service.send('PATCH', '/accounts/plain', { token, body: { displayName: 'mine' } }),
      service.send('DELETE', '/accounts/plain', { token }),
    ])
    for (const answer of answers) expect(answer.status).toBe(403)
  })

  test('another account is answered like a missing one, whatever the key may read', async () => {
    const { token } = await inAccount('reader', { scopes: ['readApiKeys'] })
    await inAccount('read')
    const own = await service.send('GET', '/accounts/reader', { token })
    const other = await service.send('GET', '/accounts/read', { token })
    const missing = await service.send('GET', '/accounts/none', { token })
    expect([own.status, other.status, missing.status]).toEqual([200, 404, 404])
  })
})
