import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Store } from '../store/port.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { gatherUses, type Uses } from './uses.ts'

let folder: string
let store: Store
let meanwhile: (() => void) | undefined
let nowMs: number
let uses: Uses

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-uses-'))
  store = await openSqliteStore({ folder })
  meanwhile = undefined
  nowMs = 1000
  const saveUses: Store['saveUses'] = (batch) => {
    if (meanwhile === undefined) return store.saveUses(batch)
    meanwhile()
    meanwhile = undefined
    return Promise.reject(new Error('The disk is full'))
  }
  uses = gatherUses({ store: { ...store, saveUses }, clock: () => nowMs, randomBytes })
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const complete = () => store.read((tables) => tables.usage.completeMs(0))
const counted = () => {
  const database = new DatabaseSync(join(folder, 'uses.sqlite'))
  try {
    return database.prepare('select scope, uses, last_used_ms from scope_uses').all()
  } finally {
    database.close()
  }
}

test('a replica vouches for its uses up to the flush that wrote them, without any use too', async () => {
  await uses.flush()
  expect(await complete()).toBe(1000)
  nowMs = 2000
  await uses.flush()
  expect(await complete()).toBe(2000)
})

test('uses that could not be written are kept for the next flush, and nobody vouches for them before', async () => {
  uses.record('cred-1', ['read'])
  meanwhile = () => {
    nowMs = 2000
    uses.record('cred-1', ['read'])
  }
  await expect(uses.flush()).rejects.toThrow('The disk is full')
  expect(await complete()).toBeUndefined()
  await uses.flush()
  expect(counted()).toEqual([{ scope: 'read', uses: 2, last_used_ms: 2000 }])
  expect(await complete()).toBe(2000)
})

test('of uses that were written in part, the rest alone is written by the next flush', async () => {
  const ids = Array.from({ length: 1200 }, (_, index) => `cred-${index}`)
  let parts = 0
  const saveUses: Store['saveUses'] = (batch) => {
    parts++
    return parts === 2 ? Promise.reject(new Error('The disk is full')) : store.saveUses(batch)
  }
  const some = gatherUses({ store: { ...store, saveUses }, clock: () => nowMs, randomBytes })
  for (const id of ids) some.record(id, ['read'])
  await expect(some.flush()).rejects.toThrow('The disk is full')
  await some.flush()
  expect(counted()).toHaveLength(ids.length)
  expect(counted()).toEqual(ids.map(() => ({ scope: 'read', uses: 1, last_used_ms: 1000 })))
})

test('a replica that has stopped holds nobody back', async () => {
  await uses.flush()
  await uses.close()
  expect(await complete()).toBeUndefined()
})
