import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Engine } from './contract-engine.ts'
import type { JournalEntry, JournalFilter } from './port/journal.ts'
import type { Store } from './port.ts'

// What every engine promises of the journal, which is the audit trail and the change feed.

/** Runs the contract over an engine. */
export function journalContract(name: string, create: () => Promise<Engine>): void {
  describe(`${name}: the journal`, () => {
    let engine: Engine
    let store: Store
    beforeEach(async () => {
      engine = await create()
      store = await engine.open()
    })
    afterEach(async () => {
      await store.close()
      await engine.remove()
    })

    test('who follows the journal while many write gets every entry once, in one order', async () => {
      const other = await engine.open()
      await store.write((tables) => tables.life.insertOnce('life'))
      await other.write((tables) => tables.life.insertOnce('another'))
      const writes = Array.from({ length: 60 }, (_, index) =>
        (index % 2 === 0 ? store : other).write(async (tables) => {
          await tables.journal.append(entry(`${index}a`))
          await tables.accounts.list()
          await tables.journal.append(entry(`${index}b`))
        }),
      )
      let finished = false
      const written = Promise.all(writes).then(() => {
        finished = true
      })
      const seen: string[] = []
      let after = 0
      for (let last = false; !last; ) {
        // Lets the writers have their turn: SQLite answers a read without waiting for anything.
        await new Promise((resolve) => setImmediate(resolve))
        last = finished
        const page = await other.read((tables) =>
          tables.journal.page({}, { descending: false, after, limit: 7 }),
        )
        seen.push(...page.map(({ subject }) => subject))
        after = page.at(-1)?.number ?? after
        if (page.length > 0) last = false
      }
      await written
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.toSorted()).toEqual(
        Array.from({ length: 60 }, (_, index) => [`${index}a`, `${index}b`])
          .flat()
          .toSorted(),
      )
      expect(await store.read((tables) => tables.journal.head())).toEqual({
        life: 'life',
        number: after,
      })
      await other.close()
    })

    test('entries of a write that throws are never seen', async () => {
      const outcome = store.write(async (tables) => {
        await tables.journal.append(entry('never'))
        throw new Error('changed my mind')
      })
      await expect(outcome).rejects.toThrow()
      expect(await subjects(store, {})).toEqual([])
    })

    test('the journal is filtered by every condition that is given, and read in either order', async () => {
      await store.write((tables) =>
        tables.journal.append(
          { ...entry('k1'), space: 's', action: 'Issued', timeMs: 10 },
          { ...entry('k1'), space: 's', action: 'Revoked', timeMs: 20 },
          { ...entry('k2'), account: 'b', actor: 'other', timeMs: 30 },
        ),
      )
      expect(await subjects(store, { account: 'a' })).toEqual(['k1', 'k1'])
      expect(await subjects(store, { space: 's', action: 'Revoked' })).toEqual(['k1'])
      expect(await subjects(store, { actor: 'other' })).toEqual(['k2'])
      expect(await subjects(store, { subject: 'k1', fromMs: 20 })).toEqual(['k1'])
      expect(await subjects(store, { fromMs: 10, untilMs: 20 })).toEqual(['k1'])
      const newest = await store.read((tables) =>
        tables.journal.page({}, { descending: true, limit: 1 }),
      )
      expect(newest).toMatchObject([{ subject: 'k2', detail: { displayName: 'k2' } }])
    })

    test('the database itself refuses to change or remove what the journal says', async () => {
      await store.write((tables) => tables.journal.append(entry('k1')))
      const forgeries = [
        "update audit set actor = 'somebody else'",
        "update audit set detail = '{}'",
        'delete from audit',
        ...(store.engine === 'postgres' ? ['truncate audit'] : []),
      ]
      for (const forgery of forgeries) {
        await expect(engine.execute(forgery), forgery).rejects.toThrow('append-only')
      }
      expect(await subjects(store, { actor: 'apiKey-1' })).toEqual(['k1'])
    })
  })
}

function entry(subject: string): JournalEntry {
  return {
    timeMs: 1,
    account: 'a',
    space: null,
    actor: 'apiKey-1',
    action: 'Updated',
    subjectKind: 'key',
    subject,
    version: 2,
    detail: { displayName: subject },
  }
}

async function subjects(store: Store, filter: JournalFilter): Promise<string[]> {
  const entries = await store.read((tables) =>
    tables.journal.page(filter, { descending: false, limit: 100 }),
  )
  return entries.map(({ subject }) => subject)
}
