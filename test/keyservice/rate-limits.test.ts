import { issuedKeyBody, verdictBody } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type PostgresServer,
  startPostgres,
} from '../../keyservice/src/store/postgres/test-server.ts'
import { startTestService, type TestService } from '../../keyservice/src/test-service.ts'

// Two replicas of the service on one PostgreSQL, whose clocks only the test moves: a window ends when it says so.

const perKey = { requests: 30, windowSeconds: 60 }
const perAccount = { requests: 40, windowSeconds: 60 }
const failures = { requests: 20, windowSeconds: 60 }

let postgres: PostgresServer
let replicas: readonly [TestService, TestService]
beforeAll(async () => {
  postgres = await startPostgres()
  const config = {
    databaseUrl: await postgres.createDatabase(),
    plans: [
      { id: 'unlimited', displayName: 'Unlimited' },
      { id: 'by-key', displayName: 'By key', rateLimits: { perKey } },
      { id: 'by-account', displayName: 'By account', rateLimits: { perAccount } },
    ],
    failedVerifications: failures,
  }
  replicas = [await startTestService(config), await startTestService(config)]
})
afterAll(async () => {
  for (const replica of replicas ?? []) await replica.stop()
  await postgres?.stop()
})

/** Which of the two is asked: both alike, or nearly always the one. */
const spreads = [
  { title: 'in turns', at: (turn: number) => replicas[turn % 2 === 0 ? 0 : 1] },
  { title: 'mostly at one', at: (turn: number) => replicas[turn % 10 === 0 ? 0 : 1] },
]

/**
 * Asks far more often than any limit here allows, all at once, and then each replica until it refuses, since one keeps what it
 * took from the limit until it is asked for it. Answers with how often the two said yes.
 */
async function yeses(
  at: (turn: number) => TestService,
  ask: (replica: TestService, turn: number) => Promise<boolean>,
): Promise<number> {
  const turns = Array.from({ length: 120 }, (_, turn) => ask(at(turn), turn))
  let count = (await Promise.all(turns)).filter((yes) => yes).length
  for (const replica of replicas) {
    for (let turn = 120; await ask(replica, turn); turn++) count++
  }
  return count
}

let accounts = 0
/** Tokens of a fresh account of this plan. */
async function tokens(plan: string, count: number): Promise<string[]> {
  const [first] = replicas
  const id = `account-${++accounts}`
  await first.send('POST', '/accounts', { body: { id, displayName: id, plan } })
  const issue = async () => {
    const { body } = await first.send('POST', '/apikeys', {
      headers: { 'x-account-id': id },
      body: { displayName: 'k' },
    })
    return issuedKeyBody.parse(body).credential.token ?? ''
  }
  return Promise.all(Array.from({ length: count }, issue))
}

/** Whether a request with this token is let through; a refusal must say that there were too many. */
async function isLetThrough(replica: TestService, token = ''): Promise<boolean> {
  const { status } = await replica.send('GET', '/whoami', { token })
  expect([200, 429]).toContain(status)
  return status === 200
}

/** What the administrator is told about a token. */
async function verdict(replica: TestService, token = '', more: object = {}): Promise<string> {
  const [{ adminToken }] = replicas
  const answer = await replica.send('POST', '/verify', {
    token: adminToken,
    body: { token, ...more },
  })
  const { valid, reason } = verdictBody.parse(answer.body)
  return valid ? 'valid' : `${reason}`
}

const pass = (seconds: number) => {
  for (const replica of replicas) replica.pass(seconds)
}

describe.each(spreads)('asked $title, two replicas together', ({ at }) => {
  test('let through as many requests of a key as its limit says, and as many again in the next window', async () => {
    const [token] = await tokens('by-key', 1)
    const ask = (replica: TestService) => isLetThrough(replica, token)
    expect(await yeses(at, ask)).toBe(perKey.requests)
    pass(59)
    expect(await yeses(at, ask)).toBe(0)
    pass(1)
    expect(await yeses(at, ask)).toBe(perKey.requests)
    pass(60)
  })

  test('let through as many requests of an account as its limit says, whichever of its keys asks', async () => {
    const own = await tokens('by-account', 3)
    const ask = (replica: TestService, turn: number) => isLetThrough(replica, own[turn % 3])
    expect(await yeses(at, ask)).toBe(perAccount.requests)
    pass(60)
  })

  test('find a key good as often as its limit says, while probes cost nothing', async () => {
    const [token] = await tokens('by-key', 1)
    const probes = Array.from({ length: 50 }, (_, turn) =>
      verdict(at(turn), token, { probe: true }),
    )
    expect(new Set(await Promise.all(probes))).toEqual(new Set(['valid']))
    const ask = async (replica: TestService) => (await verdict(replica, token)) === 'valid'
    expect(await yeses(at, ask)).toBe(perKey.requests)
    for (const replica of replicas) expect(await verdict(replica, token)).toBe('TooManyRequests')
    pass(60)
  })

  test('count the failures of a client address together, and nobody else pays for them', async () => {
    const [token] = await tokens('by-key', 1)
    const clientAddress = `192.0.2.${accounts}`
    const guess = async (replica: TestService, turn: number) =>
      (await verdict(replica, `lk_guess${turn}`, { clientAddress })) === 'NotFound'
    expect(await yeses(at, guess)).toBe(failures.requests)
    for (const replica of replicas) {
      expect(await verdict(replica, 'lk_guess', { clientAddress })).toBe('TooManyRequests')
      expect(await verdict(replica, token, { clientAddress })).toBe('valid')
      const other = { clientAddress: `198.51.100.${accounts}` }
      expect(await verdict(replica, 'lk_guess', other)).toBe('NotFound')
    }
    pass(60)
  })
})
