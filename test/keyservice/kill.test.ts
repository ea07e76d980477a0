import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  type PostgresServer,
  startPostgres,
} from '../../keyservice/src/store/postgres/test-server.ts'
import { until } from '../e2e/until.ts'
import { type Acknowledged, load, lostWrites, nothingAcknowledged } from './load.ts'
import {
  dataFolder,
  type Replica,
  type ReplicaOptions,
  removeFolder,
  startReplica,
} from './replica.ts'
import { verificationStream } from './verification-stream.ts'

// The program is killed as the kernel kills it, in the middle of its work: what it had answered must be there afterwards.

let postgres: PostgresServer
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

/** A folder for as long as the test runs. */
async function folderOfTest(): Promise<string> {
  const folder = await dataFolder()
  onTestFinished(() => removeFolder(folder))
  return folder
}

/** A replica that outlives no test, however it ends. */
async function start(options: ReplicaOptions): Promise<Replica> {
  const replica = await startReplica(options)
  onTestFinished(() => replica.kill())
  return replica
}

/** Enough answered that the kill comes in the middle of the work. */
const enough = 60
const answered = ({ live, revoked }: Acknowledged) => live.size + revoked.size

describe.each(['SQLite', 'PostgreSQL'])('on %s', (engine) => {
  const environment = async (): Promise<Record<string, string>> =>
    engine === 'SQLite' ? {} : { DATABASE_URL: await postgres.createDatabase() }

  test('kill -9 under load, again and again, loses no acknowledged write', async () => {
    const folder = await folderOfTest()
    const env = await environment()
    const acknowledged = nothingAcknowledged()
    for (let round = 1; round <= 3; round++) {
      const replica = await start({ folder, env })
      const working = load(replica, acknowledged, { workers: 16, until: () => false })
      await untilAnswered(acknowledged, enough * round)
      await replica.kill()
      await working
    }
    const replica = await start({ folder, env })
    expect(await lostWrites(replica, acknowledged)).toEqual([])
    expect(acknowledged.revoked.size).toBeGreaterThan(0)
    expect(acknowledged.names.size).toBeGreaterThan(0)
  })

  test('a limit of ten holds for forty creates at once', async () => {
    const folder = await folderOfTest()
    const configFile = await tenKeysConfig(folder)
    const env = { ...(await environment()), LATCHKEY_CONFIG: configFile }
    const left = await start({ folder, env })
    const other = await folderOfTest()
    // SQLite is one process's own; on PostgreSQL two replicas share the limit.
    const right =
      engine === 'SQLite' ? left : await start({ folder: other, credentialFolder: folder, env })
    await left.send('POST', '/accounts', { id: 'ten', displayName: 'Ten', plan: 'ten' })
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? left : right).send(
          'POST',
          '/apikeys',
          { displayName: 'k', pending: index % 3 === 0 },
          { 'x-account-id': 'ten' },
        ),
      ),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(10)
    expect(statuses.filter((status) => status === 403)).toHaveLength(30)
  })
})

describe('two replicas on one PostgreSQL', () => {
  test('one killed under load: no acknowledged write is lost, and no verification that begins after a revocation was answered succeeds, at either', async () => {
    const env = { DATABASE_URL: await postgres.createDatabase() }
    const [folder, other] = await Promise.all([folderOfTest(), folderOfTest()])
    const left = await start({ folder, env })
    const right = await start({ folder: other, credentialFolder: folder, env })
    const acknowledged = nothingAcknowledged()
    const alive = new Set([left, right])
    const stream = verificationStream(alive, acknowledged)
    const until = () => answered(acknowledged) >= 600
    const verifying = stream.run({ workers: 6, until })
    const options = { workers: 8, until, afterRevocation: stream.askAll }
    const [, failures] = [left, right].map((replica) => load(replica, acknowledged, options))
    await untilAnswered(acknowledged, 300)
    alive.delete(left)
    await left.kill()
    await verifying
    expect(await failures, 'the other one goes on').toEqual([])
    expect(stream.wrong).toEqual([])
    expect(stream.afterRevocation.get(left)).toBeGreaterThan(300)
    expect(stream.afterRevocation.get(right)).toBeGreaterThan(600)
    expect(await lostWrites(right, acknowledged)).toEqual([])
  })
})

function untilAnswered(acknowledged: Acknowledged, number: number): Promise<boolean> {
  return until(`${number} answers`, async () => answered(acknowledged) >= number, undefined, 5)
}

async function tenKeysConfig(folder: string): Promise<string> {
  const file = join(folder, 'config.yaml')
  const plans = [
    { id: 'unlimited', displayName: 'Unlimited' },
    { id: 'ten', displayName: 'Ten', keyLimit: 10 },
  ]
  await writeFile(file, JSON.stringify({ plans }))
  return file
}
