import {
  auditListBody,
  eventListBody,
  issuedKeyBody,
  keyRecord,
  loggedInBody,
} from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-service.ts'

// How keys end with what they belong to, and who learns what of it.

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

const account = (id: string) =>
  service.send('POST', '/accounts', { body: { id, displayName: `${id} Ltd` } })
const keyIn = async (id: string, body: object = {}) => {
  const answer = await service.send('POST', '/apikeys', {
    headers: { 'x-account-id': id },
    body: { displayName: 'Ann’s laptop', ...body },
  })
  const { key, credential } = issuedKeyBody.parse(answer.body)
  return { id: key.id, token: credential.token ?? '' }
}
const verify = async (token: string) =>
  (await service.send('POST', '/verify', { body: { token, probe: true } })).body

test('B13: a deleted account leaves nothing personal in keys, audit and events', async () => {
  await account('leaving')
  const headers = { 'x-account-id': 'leaving' }
  await service.send('POST', '/users', { headers, body: { id: 'ann', displayName: 'Ann Lee' } })
  const { cursor } = eventListBody.parse((await service.send('GET', '/events')).body)
  const { id, token } = await keyIn('leaving', { owner: 'ann', metadata: { mail: 'ann@a.io' } })
  await service.send('PATCH', `/apikeys/${id}`, { body: { description: 'Ann’s' } })
  await service.send('DELETE', '/accounts/leaving')

  const record = await service.send('GET', `/apikeys/${id}`)
  const audit = await service.send('GET', `/audit?limit=500`)
  const events = await service.send('GET', `/events?cursor=${cursor}`)
  expect(keyRecord.parse(record.body)).toMatchObject({ state: 'revoked', metadata: {} })
  const trail = auditListBody.parse(audit.body).items.filter((item) => item.account === 'leaving')
  expect(trail.map(({ action }) => action)).toContain('AccountDeleted')
  expect(JSON.stringify([record.body, trail, events.body])).not.toMatch(/ann/i)
  expect(await verify(token)).toMatchObject({ valid: false, reason: 'AccountNotFound' })
})

test('B13: a deleted account does not come back, by no route', async () => {
  await account('final')
  const { id, token } = await keyIn('final')
  await service.send('DELETE', '/accounts/final')
  const tries = [
    await service.send('PATCH', '/accounts/final', { body: { subscriptionActive: true } }),
    await account('final'),
    await service.send('POST', `/apikeys/${id}/enable`),
    await service.send('POST', `/apikeys/${id}/rotate`, { body: {} }),
  ]
  expect(tries.map(({ status }) => status)).toEqual([404, 409, 409, 409])
  expect(await verify(token)).toMatchObject({ valid: false })
})

test('the feed tells of each key that ended with its account or its space', async () => {
  await account('shared')
  const headers = { 'x-account-id': 'shared' }
  await service.send('POST', '/spaces', { headers, body: { id: 'team', displayName: 'Team' } })
  const ofTeam = await keyIn('shared', { space: 'team' })
  const other = await keyIn('shared')
  const { cursor } = eventListBody.parse((await service.send('GET', '/events')).body)
  await service.send('DELETE', '/spaces/team', { headers })
  await service.send('DELETE', '/accounts/shared')
  const { items } = eventListBody.parse(
    (await service.send('GET', `/events?cursor=${cursor}`)).body,
  )
  const ended = items.filter(({ action }) => action === 'Revoked')
  expect(ended.map(({ key }) => [key?.id, key?.state, key?.stateReason])).toEqual([
    [ofTeam.id, 'revoked', 'SpaceNotFound'],
    [other.id, 'revoked', 'AccountNotFound'],
  ])
})

test('B13: ending a subscription, removing a team and deleting an account are three things', async () => {
  await account('three')
  const headers = { 'x-account-id': 'three' }
  await service.send('POST', '/spaces', { headers, body: { id: 'crew', displayName: 'Crew' } })
  const ofTeam = await keyIn('three', { space: 'crew' })
  const own = await keyIn('three')
  const subscription = (subscriptionActive: boolean) =>
    service.send('PATCH', '/accounts/three', { body: { subscriptionActive } })

  await subscription(false)
  expect(await verify(own.token)).toMatchObject({ valid: false, reason: 'SubscriptionInactive' })
  await subscription(true)
  expect(await verify(own.token)).toMatchObject({ valid: true })
  await service.send('DELETE', '/spaces/crew', { headers })
  expect(await verify(ofTeam.token)).toMatchObject({ valid: false, reason: 'SpaceNotFound' })
  expect(await verify(own.token)).toMatchObject({ valid: true })
  await service.send('DELETE', '/accounts/three')
  expect(await verify(own.token)).toMatchObject({ valid: false, reason: 'AccountNotFound' })
})

test('P24: the owner learns which of the causes it was, an anonymous caller only gets 401', async () => {
  await account('causes')
  const headers = { 'x-account-id': 'causes' }
  await service.send('POST', '/spaces', { headers, body: { id: 'lab', displayName: 'Lab' } })
  const owner = await keyIn('causes', { scopes: ['verifyApiKeys'] })
  const dead = {
    SpaceNotFound: await keyIn('causes', { space: 'lab' }),
    KeyRevoked: await keyIn('causes'),
    KeyDisabled: await keyIn('causes'),
    KeyLeaked: await keyIn('causes'),
    KeyExpired: await keyIn('causes', { expiration: { after: '10m' } }),
  }
  await service.send('DELETE', '/spaces/lab', { headers })
  await service.send('DELETE', `/apikeys/${dead.KeyRevoked.id}`)
  await service.send('POST', `/apikeys/${dead.KeyDisabled.id}/disable`, { body: {} })
  await service.send('POST', '/leaks', { body: { token: dead.KeyLeaked.token } })
  service.pass(600)

  const unknown = await service.send('GET', '/whoami', { token: 'lk_unknown' })
  for (const [reason, { token }] of Object.entries(dead)) {
    const asked = await service.send('POST', '/verify', { token: owner.token, body: { token } })
    expect(asked.body).toMatchObject({ valid: false, reason })
    const { status, body } = await service.send('GET', '/whoami', { token })
    expect({ status, body }).toEqual({ status: 401, body: unknown.body })
  }
})

test('P24: a person of the account learns in a session that the subscription is inactive, the key only gets 401', async () => {
  await account('unpaid')
  const headers = { 'x-account-id': 'unpaid' }
  const { token } = await keyIn('unpaid')
  await service.send('POST', '/users', { headers, body: { id: 'olga', displayName: 'Olga' } })
  const password = 'long enough for a test'
  const login = { password, scopes: ['verifyApiKeys'] }
  await service.send('PUT', '/users/olga/login', { headers, body: login })
  await service.send('PATCH', '/accounts/unpaid', { body: { subscriptionActive: false } })

  const opened = await service.send('POST', '/auth/login', {
    token: null,
    body: { username: 'olga', password },
  })
  const session = loggedInBody.parse(opened.body).token
  const asked = await service.send('POST', '/verify', { token: session, body: { token } })
  expect(asked.body).toMatchObject({ valid: false, reason: 'SubscriptionInactive' })
  const unknown = await service.send('GET', '/whoami', { token: 'lk_unknown' })
  const { status, body } = await service.send('GET', '/whoami', { token })
  expect({ status, body }).toEqual({ status: 401, body: unknown.body })
})
