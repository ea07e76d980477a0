import { issuedKeyBody, keyRecord, revokedOwnedBody } from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sent, startTestService, type TestService } from '../test-service.ts'

let service: TestService

beforeAll(async () => {
  service = await startTestService()
  for (const id of ['here', 'there']) await post('/spaces', { id, displayName: id })
  await post('/users', { id: 'gone', displayName: 'Gone' })
})
afterAll(() => service.stop())

const post = (path: string, body: object, sent: Sent = {}) =>
  service.send('POST', path, { ...sent, body })
const issue = async (body: object) =>
  issuedKeyBody.parse((await post('/apikeys', { displayName: 'Key', ...body })).body)
const state = async (id: string) =>
  keyRecord.parse((await service.send('GET', `/apikeys/${id}`)).body).state

test('a caller of a space ends the keys of that space alone', async () => {
  const inside = await issue({ owner: 'gone', space: 'here' })
  const outside = await issue({ owner: 'gone', space: 'there' })
  const { token = '' } = (await issue({ space: 'here', scopes: ['writeApiKeys'] })).credential
  const answer = await post('/apikeys/revoke', { owner: 'gone', confirm: 1 }, { token })
  expect(revokedOwnedBody.parse(answer.body)).toEqual({ revoked: [inside.key.id] })
  expect([await state(inside.key.id), await state(outside.key.id)]).toEqual(['revoked', 'active'])
})

test('pending and disabled keys end with the rest, and dead ones are not counted', async () => {
  await post('/users', { id: 'other', displayName: 'Other' })
  const pending = await issue({ owner: 'other', pending: true })
  const disabled = await issue({ owner: 'other' })
  await post(`/apikeys/${disabled.key.id}/disable`, {})
  const dead = await issue({ owner: 'other' })
  await service.send('DELETE', `/apikeys/${dead.key.id}`)
  const answer = await post('/apikeys/revoke', { owner: 'other', confirm: 2 })
  expect(new Set(revokedOwnedBody.parse(answer.body).revoked)).toEqual(
    new Set([pending.key.id, disabled.key.id]),
  )
})

test('the keys of a user who was removed can still be ended', async () => {
  await post('/users', { id: 'left', displayName: 'Left' })
  const { key } = await issue({ owner: 'left' })
  await service.send('DELETE', '/users/left')
  await post('/apikeys/revoke', { owner: 'left', confirm: 1 })
  expect(await state(key.id)).toBe('revoked')
})

test('it needs the right to change keys', async () => {
  const { token = '' } = (await issue({ scopes: ['readApiKeys'] })).credential
  const answer = await post('/apikeys/revoke', { owner: 'gone', confirm: 0 }, { token })
  expect(answer.status).toBe(403)
})
