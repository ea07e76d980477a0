import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { account, credential, key } from '../contract-rows.ts'
import { beginLife } from '../life.ts'
import type { Store } from '../port.ts'
import { backupSqlite } from './backup.ts'
import { keysFile, usesFile } from './files.ts'
import { openSqliteStore } from './store.ts'

let folder: string
let store: Store

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-uses-file-'))
  store = await openSqliteStore({ folder })
  await beginLife(store, (count) => new Uint8Array(count))
  await store.write(async (tables) => {
    await tables.accounts.insert(account)
    await tables.keys.insert(key('k1'))
    await tables.credentials.insert(credential('k1'))
  })
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

/** Saves so many uses of the one token. */
const use = (uses: number, lastUsedMs: number) =>
  store.saveUses({
    uses: { credentialIds: ['cred-k1'], lastUsedMs: [lastUsedMs] },
    scopes: [{ credentialId: 'cred-k1', scope: 'x', uses, lastUsedMs }],
  })

/** What the store tells of the one key. */
async function used() {
  return store.read(async (tables) => {
    const [token] = await tables.credentials.ofKeys(['k1'])
    const [scope] = await tables.usage.ofKey('k1')
    return { lastUsedMs: token?.lastUsedMs, uses: scope?.uses }
  })
}

/** Puts another file in the place of the keys, and perhaps takes the uses away. */
async function putBack(backup: string, { withUses }: { withUses: boolean }): Promise<void> {
  await store.close()
  await copyFile(backup, keysFile(folder))
  if (!withUses) await rm(usesFile(folder))
  store = await openSqliteStore({ folder })
}

test('who reads keys does not notice that uses were written', async () => {
  const reader = new DatabaseSync(keysFile(folder))
  const version = () => reader.prepare('pragma data_version').get()
  const before = version()
  await use(1, 10)
  expect(version()).toEqual(before)
  await store.write((tables) => tables.keys.insert(key('k2')))
  expect(version()).not.toEqual(before)
  reader.close()
})

test('a backup holds the uses too, whatever becomes of their own file', async () => {
  const backup = join(folder, 'backup.sqlite')
  await use(2, 10)
  await backupSqlite(folder, backup, 99)
  await putBack(backup, { withUses: false })
  expect(await used()).toEqual({ lastUsedMs: 10, uses: 2 })
  await use(1, 20)
  expect(await used()).toEqual({ lastUsedMs: 20, uses: 3 })
})

test('uses that were written after the backup are kept when it is put back', async () => {
  const backup = join(folder, 'backup.sqlite')
  await use(2, 10)
  await backupSqlite(folder, backup, 99)
  await use(5, 20)
  await putBack(backup, { withUses: true })
  expect(await used()).toEqual({ lastUsedMs: 20, uses: 7 })
})

test('a store without the file of its uses starts with none', async () => {
  await use(2, 10)
  await store.close()
  await rm(usesFile(folder))
  store = await openSqliteStore({ folder })
  expect(await used()).toEqual({ lastUsedMs: null, uses: undefined })
})
