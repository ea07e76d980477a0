import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addUse, sortedParts, type Use } from './use-log.ts'

async function partsOf(log: readonly Use[]): Promise<(readonly Use[])[]> {
  const given: (readonly Use[])[] = []
  for await (const part of sortedParts(log, 500, async () => {})) given.push(part)
  return given
}

const uses = fc.array(
  fc.record({
    credentialId: fc.string({ maxLength: 1 }),
    scopes: fc.subarray(['read', 'write']),
  }),
)

test('a credential has one entry, with its last use and the number of uses for each scope, in the order of the ids', async () => {
  await fc.assert(
    fc.asyncProperty(uses, async (all) => {
      const log: Use[] = []
      const expected = new Map<string, { lastUsedMs: number; scopes: Map<string, number> }>()
      for (const [nowMs, { credentialId, scopes }] of all.entries()) {
        addUse(log, credentialId, scopes, nowMs)
        const counts = new Map(expected.get(credentialId)?.scopes)
        for (const scope of scopes) counts.set(scope, (counts.get(scope) ?? 0) + 1)
        expected.set(credentialId, { lastUsedMs: nowMs, scopes: counts })
      }
      const given = (await partsOf(log)).flat()
      expect(given.map(({ credentialId }) => credentialId)).toEqual([...expected.keys()].toSorted())
      for (const { credentialId, lastUsedMs, scopes = [] } of given) {
        const counts = new Map(scopes.map(({ scope, uses }) => [scope, uses]))
        expect({ lastUsedMs, scopes: counts }).toEqual(expected.get(credentialId))
      }
    }),
  )
})

test('many uses come in small parts, in one order over all of them, and no credential in two', async () => {
  const log: Use[] = []
  for (let use = 0; use < 20_000; use++) {
    addUse(log, `${(use * 7919) % 10_007}`.padStart(5, '0'), ['read'], use)
  }
  const given = await partsOf(log)
  expect(Math.max(...given.map((part) => part.length))).toBeLessThan(2000)
  const ids = given.flat().map(({ credentialId }) => credentialId)
  expect(ids).toHaveLength(10_007)
  expect(ids).toEqual(ids.toSorted())
  const counted = given.flat().reduce((sum, { scopes }) => sum + (scopes?.[0]?.uses ?? 0), 0)
  expect(counted).toBe(20_000)
})

test('the caller of many verifications takes no room for each of them', () => {
  const log: Use[] = []
  for (let use = 0; use < 1000; use++) {
    addUse(log, 'caller', [], use)
    addUse(log, 'caller', ['verifyApiKeys'], use)
    addUse(log, `key-${use}`, [], use)
  }
  expect(log).toHaveLength(1001)
})
