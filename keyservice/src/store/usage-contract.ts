import { describe, expect, test } from 'vitest'
import { type Engine, freshEngine } from './contract-engine.ts'
import { credential, key } from './contract-rows.ts'

// What every engine promises of what tokens were used for.

/** Runs the contract over an engine. */
export function usageContract(name: string, create: () => Promise<Engine>): void {
  describe(`${name}: usage`, () => {
    const at = freshEngine(create)

    test('uses of scopes add up, whoever writes them, and keep the later instant', async () => {
      await at.put(key('k1'), credential('k1'))
      const use = { credentialId: 'cred-k1', scope: 'x', uses: 2, lastUsedMs: 20 }
      await at.store.saveUses({ scopes: [use] })
      await at.store.saveUses({ scopes: [{ ...use, uses: 3, lastUsedMs: 10 }] })
      expect(await at.store.read((tables) => tables.usage.ofKey('k1'))).toEqual([
        { ...use, uses: 5 },
      ])
    })

    test('uses are complete up to what the slowest replica reported, while it is heard of', async () => {
      const report = (replica: string, untilMs: number) =>
        at.store.saveUses({ scopes: [], complete: { replica, untilMs } })
      const complete = (heardSinceMs: number) =>
        at.store.read((tables) => tables.usage.completeMs(heardSinceMs))
      expect(await complete(0)).toBeUndefined()
      await report('slow', 10)
      await report('fast', 20)
      await report('fast', 30)
      expect([await complete(0), await complete(11)]).toEqual([10, 30])
      await at.store.write((tables) => tables.usage.forget('slow'))
      expect(await complete(0)).toBe(30)
    })

    test('uses and other writes go on together', async () => {
      await at.put(key('k1'), credential('k1'))
      const scopes = [{ credentialId: 'cred-k1', scope: 'x', uses: 1, lastUsedMs: 1 }]
      const window = { name: 'key k', startMs: 0 }
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          await at.store.saveUses({ scopes })
          await at.store.write((tables) => tables.rates.add(window, 1))
        }),
      )
      const [counted] = await at.store.read((tables) => tables.usage.ofKey('k1'))
      expect(counted?.uses).toBe(50)
      expect(await at.store.write((tables) => tables.rates.add(window, 1))).toBe(51)
    })

    test('last used moves forward and never back', async () => {
      await at.put(key('k1'), credential('k1'))
      for (const lastUsedMs of [20, 10]) {
        await at.store.saveUses({
          uses: { credentialIds: ['cred-k1'], lastUsedMs: [lastUsedMs] },
          scopes: [],
        })
      }
      const [found] = await at.store.read((tables) => tables.credentials.ofKeys(['k1']))
      expect(found?.lastUsedMs).toBe(20)
    })
  })
}
