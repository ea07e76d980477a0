import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account, credential, key } from './contract-rows.ts'
import type { StoredCredential } from './port/credentials.ts'
import type { KeyFilter, StoredKey } from './port/keys.ts'
import type { Store } from './port.ts'

// What every engine promises. Each runs this suite over stores that it opens on the same database as often as asked.

/** A fresh database, and stores on it. */
export interface Engine {
  /** Opens one more store on the database. */
  open(): Promise<Store>
  /** Runs one statement past the store, as somebody with the database's password could, and gives its rows. */
  execute(statement: string): Promise<readonly object[]>
  /** Throws the database away. */
  remove(): Promise<void>
}

/** Runs the contract over an engine. */
export function storeContract(name: string, create: () => Promise<Engine>): void {
  describe(name, () => {
    let engine: Engine
    let store: Store
    beforeEach(async () => {
      engine = await create()
      store = await engine.open()
      await store.write((tables) => tables.accounts.insert(account))
    })
    afterEach(async () => {
      await store.close()
      await engine.remove()
    })
    const put = (made: StoredKey, credential?: StoredCredential) =>
      store.write(async (tables) => {
        await tables.keys.insert(made)
        if (credential !== undefined) await tables.credentials.insert(credential)
      })
    const all: KeyFilter = { account: 'a', nowMs: 1000, metadata: [] }

    test('a store that is opened twice at once migrates once, and both work', async () => {
      const fresh = await create()
      const stores = await Promise.all([fresh.open(), fresh.open()])
      await stores[0].write((tables) => tables.accounts.insert(account))
      expect(await stores[1].read((tables) => tables.accounts.find('a'))).toEqual(account)
      await Promise.all(stores.map((each) => each.close()))
      await fresh.remove()
    })

    test('what a write resolved for is there after the store was opened again', async () => {
      await put(key('k1'), credential('k1'))
      await store.close()
      store = await engine.open()
      expect(await store.read((tables) => tables.keys.find('k1'))).toEqual(key('k1'))
    })

    test('a write that throws leaves nothing, and leaves the writes beside it alone', async () => {
      const outcomes = await Promise.allSettled([
        put(key('k1')),
        store.write(async (tables) => {
          await tables.keys.insert(key('k2'))
          throw new Error('changed my mind')
        }),
        put(key('k3')),
      ])
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(await ids(store, all)).toEqual(['k1', 'k3'])
    })

    test('the same token is never registered twice, not even after it has ended', async () => {
      await put(key('k1'), credential('k1'))
      await store.write((tables) => tables.credentials.end('cred-k1', 5))
      const again = put(key('k2'), { ...credential('k2'), hash: 'hash-k1' })
      await expect(again).rejects.toMatchObject({ reason: 'Conflict' })
      expect(await ids(store, all)).toEqual(['k1'])
    })

    test('a lookup that begins after a write was answered sees it', async () => {
      await put(key('k1'), credential('k1'))
      for (let round = 1; round <= 50; round++) {
        await store.write(async (tables) => {
          const locked = await tables.keys.lock('k1')
          await tables.keys.update({
            ...(locked ?? key('k1')),
            stateReason: `${round}`,
            version: round + 1,
          })
        })
        expect(await store.lookup('hash-k1')).toMatchObject({ stateReason: `${round}` })
      }
    })

    test('lookups that arrive together are each answered with their own', async () => {
      for (const id of ['k1', 'k2', 'k3']) await put(key(id), credential(id))
      const found = await Promise.all(
        ['hash-k1', 'hash-k3', 'hash-none', 'hash-k1'].map((hash) => store.lookup(hash)),
      )
      expect(found.map((each) => each?.keyId)).toEqual(['k1', 'k3', undefined, 'k1'])
    })

    test('a lookup tells everything that can end a key', async () => {
      const space = { id: 's', account: 'a', displayName: 's', logo: null, createdMs: 0 }
      await store.write((tables) => tables.spaces.insert({ ...space, removedMs: null }))
      await put({ ...key('k1'), space: 's' }, credential('k1'))
      expect(await store.lookup('hash-k1')).toMatchObject({
        spaceRemoved: false,
        accountDeleted: false,
        subscriptionActive: true,
      })
      await store.write(async (tables) => {
        await tables.spaces.remove('s', 9)
        await tables.accounts.update({ ...account, subscriptionActive: false, deletedMs: 9 })
        await tables.credentials.end('cred-k1', 9)
      })
      expect(await store.lookup('hash-k1')).toMatchObject({
        spaceRemoved: true,
        accountDeleted: true,
        subscriptionActive: false,
        credentialEndedMs: 9,
      })
    })

    test('a lookup tells that a token ended because it was published, and what ended before keeps its reason', async () => {
      const ends = { published: 'KeyLeaked', replaced: undefined } as const
      for (const [id, reason] of Object.entries(ends)) {
        await put(key(id), credential(id))
        await store.write((tables) => tables.credentials.end(`cred-${id}`, 5, reason))
        await store.write((tables) => tables.credentials.end(`cred-${id}`, 9, 'KeyLeaked'))
      }
      expect(await store.lookup('hash-published')).toMatchObject({
        credentialEndedMs: 5,
        credentialEndReason: 'KeyLeaked',
      })
      expect(await store.lookup('hash-replaced')).toMatchObject({ credentialEndReason: null })
    })

    test('a change to what somebody else has changed is refused', async () => {
      await put(key('k1'))
      const change = () => store.write((tables) => tables.keys.update({ ...key('k1'), version: 2 }))
      expect([await change(), await change()]).toEqual([true, false])
    })

    test('an account lock lets one at a time count and insert', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, index) =>
          store.write(async (tables) => {
            await tables.accounts.lock('a')
            if ((await tables.keys.count(all)) >= 5) throw new Error('full')
            await tables.keys.insert(key(`k${index}`))
          }),
        ),
      )
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
      expect(await store.read((tables) => tables.keys.count(all))).toBe(5)
    })
  })
}

async function ids(store: Store, filter: KeyFilter): Promise<string[]> {
  const keys = await store.read((tables) =>
    tables.keys.page(filter, { by: 'createdMs', descending: false, limit: 100 }),
  )
  return keys.map(({ id }) => id).sort()
}
