import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Store } from '../port.ts'
import { keysFile, usesFile } from './files.ts'
import { openSqliteStore } from './store.ts'
import { takeTurns } from './turns.ts'

// The real thread, but one that a test can reach.
const threads: Worker[] = []
vi.mock(import('node:worker_threads'), async (original) => {
  const real = await original()
  class KnownWorker extends real.Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given)
      threads.push(this)
    }
  }
  return { ...real, Worker: KnownWorker }
})

let folder: string
let store: Store

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-background-'))
  store = await openSqliteStore({ folder })
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const window = { name: 'w', startMs: 0 }
const add = () => store.write((tables) => tables.rates.add(window, 1))

/** What a database itself holds, without its log. */
function inDatabaseAlone(file = keysFile(folder), query = 'select used from rate_windows') {
  const database = new DatabaseSync(`file:${file}?immutable=1`, { readOnly: true })
  try {
    return database.prepare(query).get()
  } finally {
    database.close()
  }
}

test('what was written is in the database itself a moment later, while the store is in use', async () => {
  await add()
  await vi.waitFor(() => expect(inDatabaseAlone()).toEqual({ used: 1 }), 60_000)
  await add()
  await vi.waitFor(() => expect(inDatabaseAlone()).toEqual({ used: 2 }), 60_000)
})

test('uses are in their database itself a moment later, while the store is in use', async () => {
  await store.saveUses({ uses: { credentialIds: ['c'], lastUsedMs: [1] }, scopes: [] })
  await vi.waitFor(() => {
    const found = inDatabaseAlone(usesFile(folder), 'select last_used_ms from uses')
    expect(found).toEqual({ last_used_ms: 1 })
  }, 60_000)
})

test('a closed store leaves nothing beside its files', async () => {
  await add()
  await store.saveUses({ uses: { credentialIds: ['c'], lastUsedMs: [1] }, scopes: [] })
  await store.close()
  expect((await readdir(folder)).sort()).toEqual(['keys.sqlite', 'uses.sqlite'])
  store = await openSqliteStore({ folder })
})

test('uses that cannot be written are refused whole, and written when they come again', async () => {
  const other = new DatabaseSync(usesFile(folder))
  const batch = { uses: { credentialIds: ['c'], lastUsedMs: [1] }, scopes: [] }
  const refuse = 'create trigger no before insert on scope_uses begin'
  other.exec(`${refuse} select raise(abort, 'not now'); end`)
  const scopes = [{ credentialId: 'c', scope: 'x', uses: 1, lastUsedMs: 1 }]
  await expect(store.saveUses({ ...batch, scopes })).rejects.toThrow('not now')
  expect(other.prepare('select * from uses').all()).toEqual([])
  other.exec('drop trigger no')
  await store.saveUses({ ...batch, scopes })
  expect(other.prepare('select last_used_ms from uses').all()).toEqual([{ last_used_ms: 1 }])
  other.close()
})

test('turns are taken one at a time, in the order of the calls, and one that fails holds up nobody', async () => {
  const turns = takeTurns()
  const told: string[] = []
  const first = turns(async () => {
    told.push('first begins')
    await new Promise((resolve) => setImmediate(resolve))
    told.push('first ends')
    throw new Error('first')
  })
  const second = turns(async () => void told.push('second'))
  await expect(first).rejects.toThrow('first')
  await second
  expect(told).toEqual(['first begins', 'first ends', 'second'])
})

test('a thread that dies fails what it was doing, and the next one goes on', async () => {
  const save = (lastUsedMs: number) =>
    store.saveUses({ uses: { credentialIds: ['c'], lastUsedMs: [lastUsedMs] }, scopes: [] })
  await save(1)
  const dying = expect(save(2)).rejects.toThrow('The background thread of the store died')
  await Promise.all([dying, threads.at(-1)?.terminate()])
  await save(3)
  const database = new DatabaseSync(usesFile(folder))
  expect(database.prepare('select last_used_ms from uses').all()).toEqual([{ last_used_ms: 3 }])
  database.close()
})
