import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { generateToken, issuedKeyBody } from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-service.ts'

// Two callers who both may choose tokens: neither can block, share or take over what the other has.

let service: TestService
let other: string

beforeAll(async () => {
  service = await startTestService()
  const scopes = ['readApiKeys', 'writeApiKeys', 'chooseToken', 'x']
  const body = { displayName: 'other', scopes }
  other = issuedKeyBody.parse((await service.send('POST', '/apikeys', { body })).body).credential
    .token as string
})
afterAll(() => service.stop())

const newToken = () => generateToken({ prefix: 'lk_' }, { randomBytes, crc32 })
const choose = (token: string, as: string, body: object = {}) =>
  service.send('POST', '/apikeys', { token: as, body: { displayName: 'mine', token, ...body } })
const verdict = async (token: string) =>
  (await service.send('POST', '/verify', { body: { token } })).body

test('a token that another caller registered is refused, and the key of it stays as it was', async () => {
  const token = newToken()
  const first = issuedKeyBody.parse((await choose(token, other, { scopes: ['x'] })).body)
  for (const body of [{}, { scopes: ['x'] }, { scopes: [] }]) {
    const answer = await choose(token, service.adminToken, body)
    expect(answer).toMatchObject({ status: 409, body: { code: 'AlreadyExists' } })
    expect(JSON.stringify(answer.body)).not.toContain(first.key.id)
  }
  expect(await verdict(token)).toMatchObject({ valid: true, keyId: first.key.id, scopes: ['x'] })
})

test('a token that the service itself made for somebody is refused as a chosen one', async () => {
  expect(await choose(other, service.adminToken)).toMatchObject({ status: 409 })
  expect(await choose(service.adminToken, other)).toMatchObject({ status: 409 })
})

test('a repeat is refused once the token has been rotated away and its grace period is over', async () => {
  const token = newToken()
  const { key } = issuedKeyBody.parse((await choose(token, other)).body)
  const body = { gracePeriodSeconds: 60 }
  await service.send('POST', `/apikeys/${key.id}/rotate`, { body })
  expect(await choose(token, other)).toMatchObject({ status: 201, body: { key: { id: key.id } } })
  service.pass(60)
  expect(await choose(token, other)).toMatchObject({ status: 409 })
})

test('however many register the same token at once, there is one key of it', async () => {
  const token = newToken()
  const callers = Array.from({ length: 12 }, (_, index) => (index % 2 ? other : service.adminToken))
  const answers = await Promise.all(callers.map((caller) => choose(token, caller)))
  const made = answers.filter(({ status }) => status === 201)
  const ids = new Set(made.map(({ body }) => issuedKeyBody.parse(body).key.id))
  expect(ids.size).toBe(1)
  for (const { status } of answers) expect([201, 409]).toContain(status)
  expect(await verdict(token)).toMatchObject({ valid: true, keyId: [...ids][0] })
})

test('a refusal leaves no key and no trace of the token in the log', async () => {
  const token = newToken()
  await choose(token, other)
  const count = async () => (await service.send('GET', '/apikeys')).body
  const before = await count()
  await choose(token, service.adminToken)
  expect(await count()).toEqual(before)
  expect(service.logged()).not.toContain(token)
})
