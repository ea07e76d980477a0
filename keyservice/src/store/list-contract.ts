import { describe, expect, test } from 'vitest'
import { type Engine, freshEngine } from './contract-engine.ts'
import { key } from './contract-rows.ts'
import type { KeyFilter, StoredKey } from './port/keys.ts'
import type { Store } from './port.ts'

// What every engine promises of lists of keys.

/** Runs the contract over an engine. */
export function listContract(name: string, create: () => Promise<Engine>): void {
  describe(`${name}: lists`, () => {
    const at = freshEngine(create)
    const all: KeyFilter = { account: 'a', nowMs: 1000, metadata: [] }

    test('pages in either order go through every key once, equal values included', async () => {
      for (const id of ['k1', 'k2', 'k3', 'k4', 'k5']) {
        await at.put({ ...key(id), createdMs: id < 'k3' ? 1 : 2, displayName: 'same' })
      }
      for (const by of ['createdMs', 'displayName'] as const) {
        for (const descending of [false, true]) {
          const seen = await walk(at.store, all, by, descending)
          const sorted = ['k1', 'k2', 'k3', 'k4', 'k5']
          expect(seen).toEqual(descending ? sorted.reverse() : sorted)
        }
      }
    })

    test('metadata is found by every pair that is asked for, and by what it is now', async () => {
      await at.put({ ...key('k1'), metadata: { app: 'x', env: 'live' } })
      await at.put({ ...key('k2'), metadata: { app: 'x', env: 'test' } })
      const env = { name: 'env', value: 'live' }
      const both = { ...all, metadata: [{ name: 'app', value: 'x' }, env] }
      expect(await at.ids(both)).toEqual(['k1'])
      await at.store.write((tables) =>
        tables.keys.update({ ...key('k1'), metadata: { app: 'x' }, version: 2 }),
      )
      expect(await at.ids(both)).toEqual([])
    })

    test('the wildcards of the database are letters in a search', async () => {
      await at.put({ ...key('k1'), displayName: '50% Off_er' })
      await at.put({ ...key('k2'), displayName: '500 offers' })
      const found = (search: string) => at.ids({ ...all, search })
      expect(await found('50%')).toEqual(['k1'])
      expect(await found('off_')).toEqual(['k1'])
      expect(await found('OFF')).toEqual(['k1', 'k2'])
    })

    test('a state is found as it is at the instant that is asked about', async () => {
      await at.put({ ...key('active'), expiresMs: 2000 })
      await at.put({ ...key('expired'), expiresMs: 1000 })
      await at.put({ ...key('pending'), state: 'pending', pendingUntilMs: 2000 })
      await at.put({ ...key('lapsed'), state: 'pending', pendingUntilMs: 1000 })
      await at.put({ ...key('disabled'), state: 'disabled' })
      await at.put({ ...key('revoked'), state: 'revoked', revokedMs: 1, expiresMs: 5 })
      const found = (state: KeyFilter['state'] & string) => at.ids({ ...all, state })
      expect(await found('active')).toEqual(['active'])
      expect(await found('expired')).toEqual(['expired', 'lapsed'])
      expect(await found('pending')).toEqual(['pending'])
      expect(await found('disabled')).toEqual(['disabled'])
      expect(await found('revoked')).toEqual(['revoked'])
      const overdue = await at.store.read((tables) => tables.keys.overdue(1000, 10))
      expect(overdue.map(({ id }) => id)).toEqual(['lapsed'])
    })
  })
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
