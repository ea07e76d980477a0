import { describe, expect, test } from 'vitest'
import { type Engine, freshEngine } from './contract-engine.ts'
import { account, credential, key } from './contract-rows.ts'
import type { KeyFilter } from './port/keys.ts'

// What every engine promises. Each runs this suite over stores that it opens on the same database as often as asked.

/** Runs the contract over an engine. */
export function storeContract(name: string, create: () => Promise<Engine>): void {
  describe(name, () => {
    const at = freshEngine(create)
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
      await at.put(key('k1'), credential('k1'))
      await at.store.close()
      at.store = await at.engine.open()
      expect(await at.store.read((tables) => tables.keys.find('k1'))).toEqual(key('k1'))
    })

    test('a write that throws leaves nothing, and leaves the writes beside it alone', async () => {
      const outcomes = await Promise.allSettled([
        at.put(key('k1')),
        at.store.write(async (tables) => {
          await tables.keys.insert(key('k2'))
          throw new Error('changed my mind')
        }),
        at.put(key('k3')),
      ])
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(await at.ids(all)).toEqual(['k1', 'k3'])
    })

    test('the same token is never registered twice, not even after it has ended', async () => {
      await at.put(key('k1'), credential('k1'))
      await at.store.write((tables) => tables.credentials.end('cred-k1', 5))
      const again = at.put(key('k2'), { ...credential('k2'), hash: 'hash-k1' })
      await expect(again).rejects.toMatchObject({ reason: 'Conflict' })
      expect(await at.ids(all)).toEqual(['k1'])
    })

    test('a lookup that begins after a write was answered sees it', async () => {
      await at.put(key('k1'), credential('k1'))
      for (let round = 1; round <= 50; round++) {
        await at.store.write(async (tables) => {
          const locked = await tables.keys.lock('k1')
          await tables.keys.update({
            ...(locked ?? key('k1')),
            stateReason: `${round}`,
            version: round + 1,
          })
        })
        expect(await at.store.lookup('hash-k1')).toMatchObject({ stateReason: `${round}` })
      }
    })

    test('lookups that arrive together are each answered with their own', async () => {
      for (const id of ['k1', 'k2', 'k3']) await at.put(key(id), credential(id))
      const found = await Promise.all(
        ['hash-k1', 'hash-k3', 'hash-none', 'hash-k1'].map((hash) => at.store.lookup(hash)),
      )
      expect(found.map((each) => each?.keyId)).toEqual(['k1', 'k3', undefined, 'k1'])
    })

    test('a lookup tells everything that can end a key', async () => {
      const space = { id: 's', account: 'a', displayName: 's', logo: null, createdMs: 0 }
      await at.store.write((tables) => tables.spaces.insert({ ...space, removedMs: null }))
      await at.put({ ...key('k1'), space: 's' }, credential('k1'))
      expect(await at.store.lookup('hash-k1')).toMatchObject({
        spaceRemoved: false,
        accountDeleted: false,
        subscriptionActive: true,
      })
      await at.store.write(async (tables) => {
        await tables.spaces.remove('s', 9)
        await tables.accounts.update({ ...account, subscriptionActive: false, deletedMs: 9 })
        await tables.credentials.end('cred-k1', 9)
      })
      expect(await at.store.lookup('hash-k1')).toMatchObject({
        spaceRemoved: true,
        accountDeleted: true,
        subscriptionActive: false,
        credentialEndedMs: 9,
      })
    })

    test('a lookup tells that a token ended because it was published, and what ended before keeps its reason', async () => {
      const ends = { published: 'KeyLeaked', replaced: undefined } as const
      for (const [id, reason] of Object.entries(ends)) {
        await at.put(key(id), credential(id))
        await at.store.write((tables) => tables.credentials.end(`cred-${id}`, 5, reason))
        await at.store.write((tables) => tables.credentials.end(`cred-${id}`, 9, 'KeyLeaked'))
      }
      expect(await at.store.lookup('hash-published')).toMatchObject({
        credentialEndedMs: 5,
        credentialEndReason: 'KeyLeaked',
      })
      expect(await at.store.lookup('hash-replaced')).toMatchObject({ credentialEndReason: null })
    })

    test('a change to what somebody else has changed is refused', async () => {
      await at.put(key('k1'))
      const change = () =>
        at.store.write((tables) => tables.keys.update({ ...key('k1'), version: 2 }))
      expect([await change(), await change()]).toEqual([true, false])
    })

    test('an account lock lets one at a time count and insert', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, index) =>
          at.store.write(async (tables) => {
            await tables.accounts.lock('a')
            if ((await tables.keys.count(all)) >= 5) throw new Error('full')
            await tables.keys.insert(key(`k${index}`))
          }),
        ),
      )
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
      expect(await at.store.read((tables) => tables.keys.count(all))).toBe(5)
    })
  })
}
