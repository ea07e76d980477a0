import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JournalEntry, Store } from '../port.ts'
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
