import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Engine } from './contract-engine.ts'
import { account, credential, key } from './contract-rows.ts'
import type { Store } from './port.ts'

// What every engine promises of what ends many things at once.

const tables = [
  ...['accounts', 'spaces', 'users', 'keys', 'credentials', 'uses', 'scope_uses', 'key_metadata'],
  ...['idempotency', 'audit', 'sessions', 'logins', 'failed_logins'],
]

/** Runs the contract over an engine. */
export function endingsContract(name: string, create: () => Promise<Engine>): void {
  describe(`${name}: endings`, () => {
    let engine: Engine
    let store: Store
    beforeEach(async () => {
      engine = await create()
      store = await engine.open()
      for (const id of ['a', 'b']) await fill(store, id)
    })
    afterEach(async () => {
      await store.close()
      await engine.remove()
    })
    const state = async (id: string) => (await store.read(({ keys }) => keys.find(id)))?.state

    test('all keys of an account are revoked but those that are already, and only its own', async () => {
      const ended = await store.write(({ endings }) =>
        endings.revokeKeys({ account: 'a' }, 'AccountNotFound', 9),
      )
      expect(ended.toSorted((one, other) => (one.id < other.id ? -1 : 1))).toEqual([
        { id: 'a-key', space: null, version: 2 },
        { id: 'a-spaced', space: 'a-space', version: 2 },
      ])
      expect(await state('a-key')).toBe('revoked')
      expect(await state('b-key')).toBe('active')
      const again = await store.write(({ endings }) =>
        endings.revokeKeys({ account: 'a' }, 'AccountNotFound', 10),
      )
      expect(again).toEqual([])
    })

    test('the keys of a space are revoked, and the others of its account are not', async () => {
      await store.write(({ endings }) =>
        endings.revokeKeys({ account: 'a', space: 'a-space' }, 'SpaceNotFound', 9),
      )
      expect([await state('a-spaced'), await state('a-key')]).toEqual(['revoked', 'active'])
      expect(await store.lookup('hash-a')).toMatchObject({ state: 'active' })
    })

    test('B13: no table holds anything personal of a deleted account, and the others keep theirs', async () => {
      const dump = async () =>
        JSON.stringify(
          await Promise.all(tables.map((table) => engine.execute(`select * from ${table}`))),
        )
      expect(await dump()).toContain('personal-a')
      await store.write(async ({ accounts, endings }) => {
        const account = await accounts.lock('a')
        if (account === undefined) throw new Error('The account is there')
        await accounts.update({ ...account, deletedMs: 9 })
        await endings.erasePersonalData('a')
      })
      const left = await dump()
      expect(left).not.toContain('personal-a')
      expect(left.match(/personal-b/g)?.length).toBeGreaterThan(10)
      expect(await store.lookup('hash-a')).toMatchObject({ keyId: 'a-key', accountDeleted: true })
    })

    test('the journal of an account that lives is not emptied, whoever asks', async () => {
      const erasing = store.write(({ endings }) => endings.erasePersonalData('a'))
      await expect(erasing).rejects.toThrow('append-only')
    })
  })
}

/** An account with one of everything, whose personal data says so. */
async function fill(store: Store, id: string): Promise<void> {
  const personal = `personal-${id}`
  const mine = {
    ...key(`${id}-key`),
    account: id,
    owner: personal,
    displayName: personal,
    description: personal,
    metadata: { person: personal },
    stateMessage: personal,
  }
  const times = { createdMs: 1, removedMs: null }
  await store.write(async (tables) => {
    await tables.accounts.insert({ ...account, id, displayName: personal })
    const member = { account: id, displayName: personal, ...times }
    await tables.users.insert({ ...member, id: personal, avatar: personal })
    await tables.spaces.insert({ ...member, id: `${id}-space`, logo: personal })
    await tables.keys.insert(mine)
    await tables.keys.insert({ ...mine, id: `${id}-spaced`, space: `${id}-space` })
    await tables.keys.insert({ ...mine, id: `${id}-revoked`, state: 'revoked', revokedMs: 1 })
    await tables.credentials.insert({
      ...credential(mine.id),
      hash: `hash-${id}`,
      id: `cred-${id}`,
    })
    await tables.idempotency.insert({
      caller: personal,
      idempotencyKey: personal,
      bodyHash: 'hash',
      keyId: mine.id,
      createdMs: 1,
    })
    const login = { userId: personal, passwordHash: personal, scopes: [], changedMs: 1 }
    await tables.logins.save(login)
    await tables.logins.fail(personal, 1)
    await tables.sessions.insert({
      hash: `session-${id}`,
      id: `session-${id}`,
      account: id,
      credentialId: null,
      userId: personal,
      createdMs: 1,
      expiresMs: 2,
      endedMs: null,
    })
    await tables.journal.append({
      timeMs: 1,
      account: id,
      space: null,
      actor: personal,
      action: 'UserCreated',
      subjectKind: 'user',
      subject: personal,
      version: 0,
      detail: { displayName: personal },
    })
  })
}
