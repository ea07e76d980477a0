import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { account, credential, key } from '../contract-rows.ts'
import { openPostgresStore } from './store.ts'
import { type PostgresServer, startPostgres } from './test-server.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

test('a lookup that was planned while there were few keys finds one of many by its hash', async () => {
  const url = await server.createDatabase()
  const store = await openPostgresStore({ url })
  onTestFinished(() => store.close())
  await store.write(async (tables) => {
    await tables.accounts.insert(account)
    for (const id of ['k', 'l']) {
      await tables.keys.insert(key(id))
      await tables.credentials.insert(credential(id))
    }
  })
  const client = new Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  const lookUp = async (times: number) => {
    for (let lookup = 0; lookup < times; lookup++) {
      const found = await Promise.all([store.lookup('hash-k'), store.lookup('hash-l')])
      expect(found).toMatchObject([{ keyId: 'k' }, { keyId: 'l' }])
    }
  }
  /** How often credentials were looked for, and how many were looked at that nobody looked for. */
  const statistics = async () => {
    const { rows } = await client.query<{ scans: number; passed: number }>(`
      select (seq_scan + idx_scan)::int as scans, seq_tup_read::int as passed
      from pg_stat_user_tables where relname = 'credentials'`)
    return rows[0] ?? { scans: 0, passed: 0 }
  }
  // Nobody tells PostgreSQL that they grew.
  for (const table of ['keys', 'credentials']) {
    await client.query(`alter table ${table} set (autovacuum_enabled = off)`)
  }
  await lookUp(10)
  for (const [table, names] of [
    ['keys', { id: `'k' || n` }],
    ['credentials', { id: `'cred' || n`, hash: `'hash' || n`, key_id: `'k' || n` }],
  ] as const) {
    const row = `jsonb_build_object(${Object.entries(names).flatMap(([name, value]) => [`'${name}'`, value])})`
    await client.query(`
      insert into ${table} select copy.* from ${table} one, generate_series(1, 5000) n,
        jsonb_populate_record(one, ${row}) copy where one.id in ('k', 'cred-k')`)
  }
  // PostgreSQL tells what a connection did about a second later.
  await lookUp(100)
  await vi.waitFor(async () => {
    expect((await statistics()).scans).toBeGreaterThanOrEqual(100)
  }, 60_000)
  expect((await statistics()).passed).toBeLessThan(4 * 5000)
})
