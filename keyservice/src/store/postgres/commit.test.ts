import { issuedKeyBody, keyListBody, keyRecord } from '@latchkey/core'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startTestService, type TestService } from '../../test-service.ts'
import { type CommitProxy, startCommitProxy } from './test-proxy.ts'
import { type PostgresServer, startPostgres } from './test-server.ts'

// What is answered was committed before. Killing the service hardly ever tells: its answer and its commit leave the same
// process within a millisecond. So the commit itself is lost on its way here, and nobody may have been told that it was done.

let server: PostgresServer
let proxy: CommitProxy
let service: TestService
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())
beforeEach(async () => {
  proxy = await startCommitProxy(await server.createDatabase())
  onTestFinished(() => proxy.stop())
  // Nothing else commits meanwhile.
  const quiet = { usesFlushSeconds: 3600, sweepSeconds: 3600 }
  service = await startTestService({ databaseUrl: proxy.url, ...quiet })
  onTestFinished(() => service.stop())
})

const create = (body: object = {}) =>
  service.send('POST', '/apikeys', { body: { displayName: 'before', ...body } })
const issue = async (body: object = {}) => {
  const { key, credential } = issuedKeyBody.parse((await create(body)).body)
  return { id: key.id, token: credential.token ?? '', credentialId: credential.id }
}
const read = async (id: string) =>
  keyRecord.parse((await service.send('GET', `/apikeys/${id}`)).body)

const changes = [
  ['PATCH', '', { displayName: 'after' }],
  ['DELETE', '', undefined],
  ['POST', '/disable', {}],
  ['POST', '/rotate', {}],
  ['POST', '/activate', 'the credential'],
] as const

describe.each(changes)('%s /apikeys/{id}%s', (method, path, given) => {
  const change = async () => {
    const pending = given === 'the credential'
    const { id, token, credentialId } = await issue({ pending })
    const before = await read(id)
    const body = pending ? { credentialId } : given
    const send = () =>
      service.send(method, `/apikeys/${id}${path}`, body === undefined ? {} : { body })
    return { id, token, before, send }
  }

  test('whose commit never reached PostgreSQL is not answered as done, and was not', async () => {
    const { id, token, before, send } = await change()
    proxy.cutNextCommit('BeforePostgres')
    expect((await send()).status).toBeGreaterThanOrEqual(500)
    expect(proxy.cuts()).toBe(1)
    expect(await read(id)).toEqual(before)
    const verdict = await service.send('POST', '/verify', { body: { token, probe: true } })
    expect(verdict.body).toMatchObject({ valid: true })
    expect((await send()).status).toBeLessThan(300)
    expect((await read(id)).version).toBe(before.version + 1)
  })

  test('whose commit nobody heard of again is not answered as done, though it was', async () => {
    const { id, before, send } = await change()
    proxy.cutNextCommit('BeforeTheAnswer')
    expect((await send()).status).toBeGreaterThanOrEqual(500)
    expect(proxy.cuts()).toBe(1)
    expect((await read(id)).version).toBe(before.version + 1)
  })
})

test('a create whose commit was lost is not answered, and left no key and no trace', async () => {
  const headers = { 'idempotency-key': 'once' }
  const body = { displayName: 'k', pending: true }
  const list = async () => keyListBody.parse((await service.send('GET', '/apikeys')).body).total
  const before = await list()
  proxy.cutNextCommit('BeforePostgres')
  const lost = await service.send('POST', '/apikeys', { headers, body })
  expect(lost.status).toBeGreaterThanOrEqual(500)
  expect(lost.body).not.toHaveProperty('credential')
  expect(await list()).toBe(before)
  const again = await service.send('POST', '/apikeys', { headers, body })
  expect(again.status).toBe(201)
  expect(await list()).toBe(before + 1)
})
