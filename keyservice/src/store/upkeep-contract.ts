import { describe, expect, test } from 'vitest'
import { type Engine, freshEngine } from './contract-engine.ts'
import { credential, key } from './contract-rows.ts'
import type { StoredKey } from './port/keys.ts'
import type { StoredSession } from './port/sessions.ts'

// What every engine promises of what is counted, and of what is forgotten after a while.

/** Runs the contract over an engine. */
export function upkeepContract(name: string, create: () => Promise<Engine>): void {
  describe(`${name}: upkeep`, () => {
    const at = freshEngine(create)

    test('a session is found with the hash that its credential has, until it is forgotten', async () => {
      await at.put(key('k1'), credential('k1'))
      const session = { ...openSession, credentialId: 'cred-k1' }
      await at.store.write((tables) => tables.sessions.insert(session))
      const found = () => at.store.read((tables) => tables.sessions.find('hash-s'))
      expect(await found()).toEqual({ ...session, credentialHash: 'hash-k1' })
      await at.store.write((tables) => tables.sessions.end('s', 7))
      await at.store.write((tables) => tables.sessions.end('s', 9))
      expect(await found()).toMatchObject({ endedMs: 7 })
      await at.store.write((tables) => tables.sessions.forget(session.expiresMs + 1))
      expect(await found()).toBeUndefined()
    })

    test('failed logins that come together are each counted after the one before', async () => {
      const seen = await Promise.all(
        Array.from({ length: 8 }, () =>
          at.store.write(async (tables) => {
            const { failures } = await tables.logins.lockFailures('ann')
            await tables.logins.fail('ann', 5)
            return failures
          }),
        ),
      )
      expect(seen.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      await at.store.write((tables) => tables.logins.succeed('ann'))
      const left = await at.store.write((tables) => tables.logins.lockFailures('ann'))
      expect(left).toEqual({ failures: 0, lastMs: 0 })
    })

    test('of a pepper it is told whether live tokens need it, or ended ones alone', async () => {
      const hashed = (id: string, pepper: number, state: StoredKey['state'] = 'active') =>
        at.put({ ...key(id), state }, { ...credential(id), pepper })
      await at.store.write(async ({ peppers }) => {
        for (const version of [1, 2, 3]) await peppers.remember(version, `check ${version}`)
      })
      await hashed('plain', 0)
      await hashed('live', 1)
      await hashed('replaced', 1)
      await hashed('ended', 2)
      await hashed('revoked', 2, 'revoked')
      await at.store.write(async ({ credentials }) => {
        for (const id of ['replaced', 'ended']) await credentials.end(`cred-${id}`, 5)
      })
      const told = await at.store.read(async ({ peppers }) => ({
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
      await at.put(key('done'), credential('done'))
      await at.put({ ...key('waiting'), ...pending }, credential('waiting'))
      await at.put({ ...key('lapsed'), ...pending, pendingUntilMs: 1000 }, credential('lapsed'))
      await at.put(key('rotating'), { ...credential('rotating'), pendingUntilMs: 2000 })
      const name = (keyId: string, idempotencyKey: string, createdMs: number) =>
        at.store.write((tables) =>
          tables.idempotency.insert({
            ...{ caller: 'c', bodyHash: 'h', idempotencyKey, keyId, createdMs },
          }),
        )
      for (const keyId of ['done', 'waiting', 'lapsed', 'rotating']) await name(keyId, keyId, 10)
      await name('done', 'young', 20)
      const forget = (limit: number) =>
        at.store.write((tables) => tables.idempotency.forget(20, 1000, limit))
      expect([await forget(1), await forget(9), await forget(9)]).toEqual([1, 1, 0])
      const left = await Promise.all(
        ['done', 'waiting', 'lapsed', 'rotating', 'young'].map((each) =>
          at.store.read((tables) => tables.idempotency.find('c', each)),
        ),
      )
      expect(left.map((row) => row?.idempotencyKey)).toEqual([
        ...[undefined, 'waiting', undefined, 'rotating', 'young'],
      ])
    })

    test('additions to a rate window that come together are each seen, and apart from other windows', async () => {
      const window = { name: 'key k', startMs: 0 }
      const seen = await Promise.all(
        Array.from({ length: 12 }, () => at.store.write((tables) => tables.rates.add(window, 5))),
      )
      expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, n) => (n + 1) * 5))
      const next = { ...window, startMs: 60_000 }
      expect(await at.store.write((tables) => tables.rates.add(next, 5))).toBe(5)
      await at.store.write((tables) => tables.rates.forget(60_000))
      expect(await at.store.write((tables) => tables.rates.add(window, 1))).toBe(1)
      expect(await at.store.write((tables) => tables.rates.add(next, 1))).toBe(6)
    })
  })
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
