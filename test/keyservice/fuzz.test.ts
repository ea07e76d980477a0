import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type PostgresServer,
  startPostgres,
} from '../../keyservice/src/store/postgres/test-server.ts'
import { startTestService, type TestService } from '../../keyservice/src/test-service.ts'
import { testSeed } from '../test-seed.ts'
import { fuzz } from './fuzz.ts'

// `npm run soak` asks for as long as one likes.

const requests = 600
let postgres: PostgresServer
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

describe.each(['SQLite', 'PostgreSQL'])('a service on %s', (engine) => {
  let service: TestService
  beforeAll(async () => {
    const databaseUrl = engine === 'SQLite' ? undefined : await postgres.createDatabase()
    service = await startTestService(databaseUrl === undefined ? {} : { databaseUrl })
  })
  afterAll(() => service.stop())

  test('answers whatever it is asked as its document says, never fails, and tells every mistake', async () => {
    const { url, adminToken } = service
    const result = await fuzz({ url, adminToken, requests, seed: testSeed })
    expect(result.findings).toEqual([])
    expect(result.holdsToken(service.logged())).toBe(false)
    // The fuzzing reached what lies behind the door.
    expect(result.seen.get('POST /apikeys 201')).toBeGreaterThan(0)
    expect(result.seen.get('POST /apikeys/{id}/rotate 200')).toBeGreaterThan(0)
  })
})
