import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortedParts } from './sorted-parts.ts'

async function all<T>(map: Map<string, T>): Promise<[string, T][][]> {
  const given: [string, T][][] = []
  for await (const part of sortedParts(map, async () => {})) {
    given.push(part)
    for (const [name] of part) map.delete(name)
  }
  return given
}

test('every entry is given once, in the order of the names, also when what was given is taken away', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string()), async (names) => {
      const entries = [...new Set(names)].map((name, index): [string, number] => [name, index])
      const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
      expect((await all(new Map(entries))).flat()).toEqual(sorted)
    }),
  )
})

test('many entries come in small parts, in one order over all of them', async () => {
  const name = (index: number) => `${(index * 7919) % 10_007}`.padStart(5, '0')
  const given = await all(
    new Map(Array.from({ length: 10_000 }, (_, index) => [name(index), index])),
  )
  expect(Math.max(...given.map((part) => part.length))).toBeLessThanOrEqual(2000)
  const names = given.flat().map(([each]) => each)
  expect(names).toHaveLength(10_000)
  expect(names).toEqual(names.toSorted())
})
