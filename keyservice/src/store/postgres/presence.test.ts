import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Store } from '../port.ts'
import { openPostgresStore } from './store.ts'
import { type PostgresServer, startPostgres } from './test-server.ts'

let server: PostgresServer
let url: string
let store: Store
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())
beforeEach(async () => {
  url = await server.createDatabase()
  store = await openPostgresStore({ url })
  onTestFinished(() => store.close())
})

const report = (to: Store, replica: string, untilMs: number) =>
  to.saveUses({ scopes: [], complete: { replica, untilMs } })
const complete = (goneSinceMs: number) =>
  store.read((tables) => tables.usage.completeMs(0, goneSinceMs))

test('a replica that lives but tells nothing is waited for, one whose process has ended no longer', async () => {
  const other = await openPostgresStore({ url })
  await report(other, 'other', 10)
  await report(store, 'own', 30)
  expect(await complete(31)).toBe(10)
  // All that PostgreSQL sees of a process that is killed: its connections end. Nobody says that it counts no more.
  await other.close()
  await vi.waitFor(async () => expect(await complete(31)).toBe(30), 60_000)
  expect(await complete(10), 'what it told a moment ago').toBe(10)
})

test('a replica whose connection broke shows itself again, and is not taken for gone meanwhile', async () => {
  await report(store, 'own', 30)
  const client = new Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  const holder = async (): Promise<number | undefined> =>
    (await client.query("select pid from pg_locks where locktype = 'advisory' and objsubid = 2"))
      .rows[0]?.pid
  const broken = await holder()
  await client.query('select pg_terminate_backend($1)', [broken])
  expect(await complete(30)).toBe(30)
  await vi.waitFor(async () => {
    const now = await holder()
    expect(now).toBeDefined()
    expect(now).not.toBe(broken)
  }, 60_000)
  expect(await complete(31)).toBe(30)
})

test('replicas of other databases of the same server show nothing here', async () => {
  const elsewhere = await openPostgresStore({ url: await server.createDatabase() })
  onTestFinished(() => elsewhere.close())
  const gone = await openPostgresStore({ url })
  await report(gone, 'same name', 10)
  await gone.close()
  await report(elsewhere, 'same name', 10)
  await report(store, 'own', 30)
  await vi.waitFor(async () => expect(await complete(31)).toBe(30), 60_000)
})
