import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import {
  type PostgresServer,
  startPostgres,
} from '../../keyservice/src/store/postgres/test-server.ts'
import { startTestService, type TestService } from '../../keyservice/src/test-service.ts'
import { keyLimit, runSteps, type Step } from './model-run.ts'

const key = fc.nat(3)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('issue' as const),
    pending: fc.boolean(),
    lifeSeconds: fc.option(fc.constantFrom(60, 3600, 172_800)),
  }),
  fc.record({
    kind: fc.constant('rotate' as const),
    key,
    graceSeconds: fc.constantFrom(0, 0, 60, 3600),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('repeat', 'activate', 'probe', 'use', 'revoke', 'disable', 'enable'),
      key,
    }),
  },
  fc.record({
    kind: fc.constant('rename' as const),
    key,
    displayName: fc.constantFrom('a', 'b', 'é'),
  }),
  fc.record({
    kind: fc.constant('pass' as const),
    seconds: fc.constantFrom(1, 59, 60, 3600, 86_400),
  }),
)

let postgres: PostgresServer
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

describe.each(['SQLite', 'PostgreSQL'])('on %s', (engine) => {
  let service: TestService
  const clock = { nowMs: Date.UTC(2026, 0, 1) }
  beforeAll(async () => {
    const databaseUrl = engine === 'SQLite' ? undefined : await postgres.createDatabase()
    service = await startTestService({
      plans: [
        { id: 'unlimited', displayName: 'Unlimited' },
        { id: 'few', displayName: 'Few', keyLimit },
      ],
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    })
  })
  afterAll(() => service.stop())

  test('whatever is done in whatever order, keys and tokens live and die as the rules say', async () => {
    let runs = 0
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 4, maxLength: 20 }),
      async (steps) => {
        const account = `run-${++runs}`
        await service.send('POST', '/accounts', {
          body: { id: account, displayName: account, plan: 'few' },
        })
        await runSteps(service, account, steps, clock)
      },
    )
    await fc.assert(property, { numRuns: 40 })
  })
})
