import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import {
  type PostgresServer,
  startPostgres,
} from '../../keyservice/src/store/postgres/test-server.ts'
import { startTestService, type TestService } from '../../keyservice/src/test-service.ts'
import { keyLimit, type ModelAccount, type ModelWorld } from './model.ts'
import { found } from './model-found.ts'
import { runSteps } from './model-run.ts'
import { steps } from './model-step.ts'

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
      plans: [
        { id: 'unlimited', displayName: 'Unlimited' },
        { id: 'few', displayName: 'Few', keyLimit },
      ],
      // What has died of waiting is written down some time later: the model knows no such time.
      sweepSeconds: 86_400,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    })
  })
  afterAll(() => service.stop())

  test('whoever does whatever in whatever order, keys, tokens and sessions live and die as the rules say', async () => {
    let nowMs = Date.UTC(2026, 0, 1)
    let runs = 0
    const property = fc.asyncProperty(steps, async (steps) => {
      const run = ++runs
      const accounts = [await newAccount(`run-${run}-a`), await newAccount(`run-${run}-b`)]
      const world: ModelWorld = { nowMs, accounts, keys: [], sessions: [] }
      try {
        await runSteps(service, world, steps)
      } finally {
        nowMs = world.nowMs
      }
    })
    await fc.assert(property, { numRuns: 100, examples: found.map((run) => [run]) })
  })

  /** A fresh account with the limit, a space and a user. */
  async function newAccount(id: string): Promise<ModelAccount> {
    const account = { id, space: `${id}-space`, user: `${id}-user` }
    const make = (path: string, body: object, headers: Record<string, string> = {}) =>
      service.send('POST', path, { headers, body })
    await make('/accounts', { id, displayName: id, plan: 'few' })
    const headers = { 'x-account-id': id }
    await make('/spaces', { id: account.space, displayName: 'Space' }, headers)
    await make('/users', { id: account.user, displayName: 'User' }, headers)
    return { ...account, spaceRemoved: false, userRemoved: false }
  }
})
