import { afterAll, beforeAll, describe, test } from 'vitest'
import {
  type PostgresServer,
  startPostgres,
} from '../../keyservice/src/store/postgres/test-server.ts'
import { startTestService, type TestService } from '../../keyservice/src/test-service.ts'
import { testSeed } from '../test-seed.ts'
import { checkModel, settingsOfModel } from './model-check.ts'

let postgres: PostgresServer
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

describe.each(['SQLite', 'PostgreSQL'])('on %s', (engine) => {
  let service: TestService
  beforeAll(async () => {
    const databaseUrl = engine === 'SQLite' ? undefined : await postgres.createDatabase()
    service = await startTestService({
      ...settingsOfModel,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    })
  })
  afterAll(() => service.stop())

  test('whoever does whatever in whatever order, keys, tokens and sessions live and die as the rules say', async () => {
    await checkModel(service, { runs: 100, seed: testSeed })
  })
})
