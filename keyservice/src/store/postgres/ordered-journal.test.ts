import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JournalEntry } from '../port/journal.ts'
import type { Store } from '../port.ts'
import { openPostgresStore } from './store.ts'
import { type PostgresServer, startPostgres } from './test-server.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

test('an entry of a replica that commits late is numbered behind what was seen before it', async () => {
  const url = await server.createDatabase()
  const slow = await openPostgresStore({ url })
  const fast = await openPostgresStore({ url })
  const began = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const late = slow.write(async (tables) => {
    await tables.journal.append(entry('late'))
    began.resolve()
    await goOn.promise
  })
  await began.promise
  await fast.write((tables) => tables.journal.append(entry('early')))
  const seen = await page(fast, 0)
  goOn.resolve()
  await late
  expect(seen.map(({ subject }) => subject)).toEqual(['early'])
  const rest = await page(fast, seen.at(-1)?.number ?? 0)
  expect(rest.map(({ subject }) => subject)).toEqual(['late'])
  await slow.close()
  await fast.close()
})

test('who reads while a commit is under way never goes past an entry that is still to come', async () => {
  const url = await server.createDatabase()
  const one = await openPostgresStore({ url })
  const two = await openPostgresStore({ url })
  const client = new Client({ connectionString: url })
  await client.connect()
  // The commit of `late` takes until the test lets it go.
  await client.query(`create function dawdle() returns trigger language plpgsql as
    $$ begin if new.subject = 'late' then perform pg_advisory_xact_lock(42); end if; return new; end $$`)
  await client.query(`create constraint trigger dawdle after insert on audit
    deferrable initially deferred for each row execute function dawdle()`)
  await client.query('select pg_advisory_lock(42)')
  const untilWaiting = async (count: number) => {
    for (let waiting = 0; waiting < count; ) {
      const { rows } = await client.query(
        `select 1 from pg_locks where locktype = 'advisory' and not granted`,
      )
      waiting = rows.length
    }
  }

  const late = one.write((tables) => tables.journal.append(entry('late')))
  await untilWaiting(1)
  const early = two.write((tables) => tables.journal.append(entry('early')))
  await Promise.race([early, untilWaiting(2)])
  const seen = await page(two, 0)
  await client.query('select pg_advisory_unlock(42)')
  await Promise.all([late, early])
  seen.push(...(await page(two, seen.at(-1)?.number ?? 0)))
  expect(seen.map(({ subject }) => subject)).toEqual(['late', 'early'])
  await client.end()
  await one.close()
  await two.close()
})

function page(store: Store, after: number) {
  return store.read((tables) => tables.journal.page({}, { descending: false, after, limit: 10 }))
}

function entry(subject: string): JournalEntry {
  return {
    timeMs: 1,
    account: 'a',
    space: null,
    actor: 'system',
    action: 'Updated',
    subjectKind: 'key',
    subject,
    version: 1,
    detail: {},
  }
}
