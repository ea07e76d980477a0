import { issuedKeyBody } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

const issue = async (body: object) =>
  issuedKeyBody.parse(
    (await service.send('POST', '/apikeys', { body: { displayName: 'k', ...body } })).body,
  ).credential.token ?? ''

const password = 'correct horse battery'

describe('403', () => {
  test.each([
    ['POST', '/spaces', { displayName: 'Third' }],
    ['DELETE', '/spaces/two', undefined],
    ['POST', '/users', { displayName: 'Ben' }],
    ['DELETE', '/users/anna', undefined],
    ['PUT', '/users/anna/login', { password, scopes: ['readApiKeys'] }],
    ['DELETE', '/users/anna/login', undefined],
  ])('P2: a key of a space does not change its account by %s %s', async (method, path, body) => {
    for (const id of ['one', 'two']) {
      await service.send('POST', '/spaces', { body: { id, displayName: id } })
    }
    await service.send('POST', '/users', { body: { id: 'anna', displayName: 'Anna' } })
    const token = await issue({ space: 'one', scopes: ['manageAccount', 'readApiKeys'] })
    const answer = await service.send(method, path, { token, ...(body && { body }) })
    expect(answer).toMatchObject({ status: 403, body: { code: 'Forbidden' } })
  })
})
