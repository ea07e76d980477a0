import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { StoredAccount } from './port/accounts.ts'
import type { StoredCredential } from './port/credentials.ts'
import type { KeyFilter, StoredKey } from './port/keys.ts'
import type { StoredSession } from './port/sessions.ts'
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

    test('pages in either order go through every key once, equal values included', async () => {
      for (const id of ['k1', 'k2', 'k3', 'k4', 'k5']) {
        await put({ ...key(id), createdMs: id < 'k3' ? 1 : 2, displayName: 'same' })
      }
      for (const by of ['createdMs', 'displayName'] as const) {
        for (const descending of [false, true]) {
          const seen = await walk(store, all, by, descending)
          const sorted = ['k1', 'k2', 'k3', 'k4', 'k5']
          expect(seen).toEqual(descending ? sorted.reverse() : sorted)
        }
      }
    })

    test('metadata is found by every pair that is asked for, and by what it is now', async () => {
      await put({ ...key('k1'), metadata: { app: 'x', env: 'live' } })
      await put({ ...key('k2'), metadata: { app: 'x', env: 'test' } })
      const env = { name: 'env', value: 'live' }
      const both = { ...all, metadata: [{ name: 'app', value: 'x' }, env] }
      expect(await ids(store, both)).toEqual(['k1'])
      await store.write((tables) =>
        tables.keys.update({ ...key('k1'), metadata: { app: 'x' }, version: 2 }),
      )
      expect(await ids(store, both)).toEqual([])
    })

    test('the wildcards of the database are letters in a search', async () => {
      await put({ ...key('k1'), displayName: '50% Off_er' })
      await put({ ...key('k2'), displayName: '500 offers' })
      const found = (search: string) => ids(store, { ...all, search })
      expect(await found('50%')).toEqual(['k1'])
      expect(await found('off_')).toEqual(['k1'])
      expect(await found('OFF')).toEqual(['k1', 'k2'])
    })

    test('a state is found as it is at the instant that is asked about', async () => {
      await put({ ...key('active'), expiresMs: 2000 })
      await put({ ...key('expired'), expiresMs: 1000 })
      await put({ ...key('pending'), state: 'pending', pendingUntilMs: 2000 })
      await put({ ...key('lapsed'), state: 'pending', pendingUntilMs: 1000 })
      await put({ ...key('disabled'), state: 'disabled' })
      await put({ ...key('revoked'), state: 'revoked', revokedMs: 1, expiresMs: 5 })
      const found = (state: KeyFilter['state'] & string) => ids(store, { ...all, state })
      expect(await found('active')).toEqual(['active'])
      expect(await found('expired')).toEqual(['expired', 'lapsed'])
      expect(await found('pending')).toEqual(['pending'])
      expect(await found('disabled')).toEqual(['disabled'])
      expect(await found('revoked')).toEqual(['revoked'])
      const overdue = await store.read((tables) => tables.keys.overdue(1000, 10))
      expect(overdue.map(({ id }) => id)).toEqual(['lapsed'])
    })

    test('a session is found with the hash that its credential has, until it is forgotten', async () => {
      await put(key('k1'), credential('k1'))
      const session = { ...openSession, credentialId: 'cred-k1' }
      await store.write((tables) => tables.sessions.insert(session))
      const found = () => store.read((tables) => tables.sessions.find('hash-s'))
      expect(await found()).toEqual({ ...session, credentialHash: 'hash-k1' })
      await store.write((tables) => tables.sessions.end('s', 7))
      await store.write((tables) => tables.sessions.end('s', 9))
      expect(await found()).toMatchObject({ endedMs: 7 })
      await store.write((tables) => tables.sessions.forget(session.expiresMs + 1))
      expect(await found()).toBeUndefined()
    })

    test('failed logins that come together are each counted after the one before', async () => {
      const seen = await Promise.all(
        Array.from({ length: 8 }, () =>
          store.write(async (tables) => {
            const { failures } = await tables.logins.lockFailures('ann')
            await tables.logins.fail('ann', 5)
            return failures
          }),
        ),
      )
      expect(seen.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      await store.write((tables) => tables.logins.succeed('ann'))
      const left = await store.write((tables) => tables.logins.lockFailures('ann'))
      expect(left).toEqual({ failures: 0, lastMs: 0 })
    })

    test('of a pepper it is told whether live tokens need it, or ended ones alone', async () => {
      const hashed = (id: string, pepper: number, state: StoredKey['state'] = 'active') =>
        put({ ...key(id), state }, { ...credential(id), pepper })
      await store.write(async ({ peppers }) => {
        for (const version of [1, 2, 3]) await peppers.remember(version, `check ${version}`)
      })
      await hashed('plain', 0)
      await hashed('live', 1)
      await hashed('replaced', 1)
      await hashed('ended', 2)
      await hashed('revoked', 2, 'revoked')
      await store.write(async ({ credentials }) => {
        for (const id of ['replaced', 'ended']) await credentials.end(`cred-${id}`, 5)
      })
      const told = await store.read(async ({ peppers }) => ({
        versions: await peppers.versions(),
        needs: await Promise.all([1, 2, 3].map((version) => peppers.need(version))),
        counts: await Promise.all([1, 2, 3].map((version) => peppers.count(version))),
      }))
      expect(told).toEqual({
        versions: [1, 2, 3],
        needs: ['Live', 'Ended', 'None'],
        counts: [
          { live: 1, ended: 1 },
          { live: 0, ended: 2 },
          { live: 0, ended: 0 },
        ],
      })
    })

    test('old names of requests are forgotten, a few at a time, but none of what is pending', async () => {
      const pending = { state: 'pending', pendingUntilMs: 2000 } as const
      await put(key('done'), credential('done'))
      await put({ ...key('waiting'), ...pending }, credential('waiting'))
      await put({ ...key('lapsed'), ...pending, pendingUntilMs: 1000 }, credential('lapsed'))
      await put(key('rotating'), { ...credential('rotating'), pendingUntilMs: 2000 })
      const name = (keyId: string, idempotencyKey: string, createdMs: number) =>
        store.write((tables) =>
          tables.idempotency.insert({
            ...{ caller: 'c', bodyHash: 'h', idempotencyKey, keyId, createdMs },
          }),
        )
      for (const keyId of ['done', 'waiting', 'lapsed', 'rotating']) await name(keyId, keyId, 10)
      await name('done', 'young', 20)
      const forget = (limit: number) =>
        store.write((tables) => tables.idempotency.forget(20, 1000, limit))
      expect([await forget(1), await forget(9), await forget(9)]).toEqual([1, 1, 0])
      const left = await Promise.all(
        ['done', 'waiting', 'lapsed', 'rotating', 'young'].map((each) =>
          store.read((tables) => tables.idempotency.find('c', each)),
        ),
      )
      expect(left.map((row) => row?.idempotencyKey)).toEqual([
        ...[undefined, 'waiting', undefined, 'rotating', 'young'],
      ])
    })

    test('additions to a rate window that come together are each seen, and apart from other windows', async () => {
      const window = { name: 'key k', startMs: 0 }
      const seen = await Promise.all(
        Array.from({ length: 12 }, () => store.write((tables) => tables.rates.add(window, 5))),
      )
      expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, n) => (n + 1) * 5))
      const next = { ...window, startMs: 60_000 }
      expect(await store.write((tables) => tables.rates.add(next, 5))).toBe(5)
      await store.write((tables) => tables.rates.forget(60_000))
      expect(await store.write((tables) => tables.rates.add(window, 1))).toBe(1)
      expect(await store.write((tables) => tables.rates.add(next, 1))).toBe(6)
    })

    test('uses of scopes add up, whoever writes them, and keep the later instant', async () => {
      await put(key('k1'), credential('k1'))
      const use = { credentialId: 'cred-k1', scope: 'x', uses: 2, lastUsedMs: 20 }
      await store.saveUses({ uses: [], scopes: [use] })
      await store.saveUses({ uses: [], scopes: [{ ...use, uses: 3, lastUsedMs: 10 }] })
      expect(await store.read((tables) => tables.usage.ofKey('k1'))).toEqual([{ ...use, uses: 5 }])
    })

    test('uses are complete up to what the slowest replica reported, while it is heard of', async () => {
      const report = (replica: string, untilMs: number) =>
        store.saveUses({ uses: [], scopes: [], complete: { replica, untilMs } })
      const complete = (heardSinceMs: number) =>
        store.read((tables) => tables.usage.completeMs(heardSinceMs))
      expect(await complete(0)).toBeUndefined()
      await report('slow', 10)
      await report('fast', 20)
      await report('fast', 30)
      expect([await complete(0), await complete(11)]).toEqual([10, 30])
      await store.write((tables) => tables.usage.forget('slow'))
      expect(await complete(0)).toBe(30)
    })

    test('uses and other writes go on together', async () => {
      await put(key('k1'), credential('k1'))
      const scopes = [{ credentialId: 'cred-k1', scope: 'x', uses: 1, lastUsedMs: 1 }]
      const window = { name: 'key k', startMs: 0 }
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          await store.saveUses({ uses: [], scopes })
          await store.write((tables) => tables.rates.add(window, 1))
        }),
      )
      const [counted] = await store.read((tables) => tables.usage.ofKey('k1'))
      expect(counted?.uses).toBe(50)
      expect(await store.write((tables) => tables.rates.add(window, 1))).toBe(51)
    })

    test('last used moves forward and never back', async () => {
      await put(key('k1'), credential('k1'))
      for (const lastUsedMs of [20, 10]) {
        await store.saveUses({ uses: [{ credentialId: 'cred-k1', lastUsedMs }], scopes: [] })
      }
      const [found] = await store.read((tables) => tables.credentials.ofKeys(['k1']))
      expect(found?.lastUsedMs).toBe(20)
    })
  })
}

const account: StoredAccount = {
  id: 'a',
  displayName: 'A',
  plan: 'unlimited',
  scopes: ['x', 'y'],
  subscriptionActive: true,
  createdMs: 1_767_225_600_000,
  deletedMs: null,
}

const openSession: StoredSession = {
  hash: 'hash-s',
  id: 's',
  account: 'a',
  credentialId: null,
  userId: null,
  createdMs: 1,
  expiresMs: 1000,
  endedMs: null,
}

function key(id: string): StoredKey {
  return {
    id,
    account: 'a',
    space: null,
    owner: null,
    displayName: id,
    description: null,
    scopes: ['x'],
    metadata: {},
    state: 'active',
    stateReason: null,
    platform: false,
    createdMs: 1,
    activatedMs: 1,
    pendingUntilMs: null,
    expiresMs: null,
    revokedMs: null,
    version: 1,
  }
}

function credential(keyId: string): StoredCredential {
  return {
    hash: `hash-${keyId}`,
    pepper: 0,
    id: `cred-${keyId}`,
    keyId,
    kind: 'token',
    role: 'current',
    prefix: 'lk_',
    suffix: '12345678',
    createdMs: 1,
    expiresMs: null,
    pendingUntilMs: null,
    graceMs: null,
    endedMs: null,
    lastUsedMs: null,
  }
}

async function ids(store: Store, filter: KeyFilter): Promise<string[]> {
  const keys = await store.read((tables) =>
    tables.keys.page(filter, { by: 'createdMs', descending: false, limit: 100 }),
  )
  return keys.map(({ id }) => id).sort()
}

async function walk(
  store: Store,
  filter: KeyFilter,
  by: 'createdMs' | 'displayName',
  descending: boolean,
): Promise<string[]> {
  const seen: string[] = []
  let last: StoredKey | undefined
  do {
    const after = last && { value: last[by], id: last.id }
    const page = { by, descending, limit: 2, ...(after === undefined ? {} : { after }) }
    const keys = await store.read((tables) => tables.keys.page(filter, page))
    seen.push(...keys.map(({ id }) => id))
    last = keys.at(-1)
  } while (last !== undefined)
  return seen
}
