import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { beginLife } from '../store/life.ts'
import type { JournalHead } from '../store/port/journal.ts'
import type { Store } from '../store/port.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import type { Marker } from './marker.ts'
import { noticeRestore } from './notice.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-notice-'))
  store = await openSqliteStore({ folder })
  await beginLife(store, randomBytes)
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

/** A marker in memory; whatever `meanwhile` does, it does while the marker is being read, once. */
function memoryMarker(meanwhile: () => Promise<unknown> = async () => {}): Marker {
  let marked: JournalHead | undefined
  let reads = 0
  return {
    async read() {
      if (++reads === 2) await meanwhile()
      return marked
    },
    async write(head) {
      marked = head
    },
  }
}

const goOn = () =>
  store.write((tables) =>
    tables.journal.append({
      timeMs: 0,
      account: 'acme',
      space: null,
      actor: 'system',
      action: 'Issued',
      subjectKind: 'key',
      subject: 'apiKey-1',
      version: 1,
      detail: {},
    }),
  )
const restored = async () => (await store.read((tables) => tables.life.find()))?.restored

test('a look that another one overtakes takes what came between for no restore', async () => {
  const marker = memoryMarker(async () => {
    await goOn()
    await noticeRestore({ store, clock: () => 0, marker })
  })
  const service = { store, clock: () => 0, marker }
  expect(await noticeRestore(service)).toBe(true)
  expect(await noticeRestore(service)).toBe(true)
  expect(await restored()).toBeNull()
})

test('a store that is behind its marker was brought back', async () => {
  const marker = memoryMarker()
  const service = { store, clock: () => 7, marker }
  await noticeRestore(service)
  const { life } = (await store.read((tables) => tables.life.find())) ?? { life: '' }
  await marker.write({ life, number: 1 })
  expect(await noticeRestore(service)).toBe(false)
  expect(await restored()).toEqual({ atMs: 7, number: 0 })
})
