import { eventListBody, issuedKeyBody } from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../store/postgres/test-server.ts'
import { startTestService, type TestService } from '../test-service.ts'

// Two replicas on one PostgreSQL.

let server: PostgresServer
let one: TestService
let two: TestService
let admin: string
beforeAll(async () => {
  server = await startPostgres()
  const databaseUrl = await server.createDatabase()
  one = await startTestService({ databaseUrl })
  two = await startTestService({ databaseUrl })
  admin = one.adminToken
})
afterAll(async () => {
  await one.stop()
  await two.stop()
  await server.stop()
})

const page = async (replica: TestService, cursor?: string) => {
  const query = cursor === undefined ? '' : `?cursor=${cursor}&limit=7`
  return eventListBody.parse((await replica.send('GET', `/events${query}`, { token: admin })).body)
}
const issue = async (replica: TestService, body: object = {}) =>
  issuedKeyBody.parse(
    (
      await replica.send('POST', '/apikeys', {
        body: { displayName: 'k', ...body },
        token: admin,
      })
    ).body,
  )

test('who follows while both replicas write gets every change once, whichever he asks', async () => {
  let { cursor } = await page(one)
  const writing = Array.from({ length: 40 }, (_, index) => issue(index % 2 === 0 ? one : two))
  let finished = false
  const written = Promise.all(writing).finally(() => {
    finished = true
  })
  const seen: string[] = []
  for (let replica = one, last = false; !last; replica = replica === one ? two : one) {
    last = finished
    const { items, cursor: next } = await page(replica, cursor)
    cursor = next
    seen.push(...items.map(({ subject }) => subject.id))
    if (items.length > 0) last = false
  }
  const made = (await written).map(({ key }) => key.id)
  expect(seen.toSorted()).toEqual(made.toSorted())
})

test('a revocation at one replica closes the stream that its key has open at the other', async () => {
  const { key, credential } = await issue(one, { scopes: ['readApiKeys'] })
  const response = await fetch(`${two.url}/events?watch=true`, {
    headers: { authorization: `Bearer ${credential.token}` },
  })
  await one.send('DELETE', `/apikeys/${key.id}`, { token: admin })
  expect(await response.text()).toContain('"code":"Unauthorized"')
})
