import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonLines } from './json-lines.ts'

it('gives the same values wherever the pieces are cut, inside a character too', async () => {
  const values = fc.array(
    fc.record({ text: fc.string({ unit: 'binary' }), number: fc.integer() }),
    { maxLength: 5 },
  )
  await fc.assert(
    fc.asyncProperty(
      values,
      fc.integer({ min: 1, max: 7 }),
      fc.boolean(),
      async (wanted, size, ended) => {
        const bytes = Buffer.from(
          wanted.map((value) => JSON.stringify(value)).join('\n') + (ended ? '\n' : ''),
        )
        async function* pieces() {
          for (let start = 0; start < bytes.length; start += size)
            yield bytes.subarray(start, start + size)
        }
        const got: unknown[] = []
        for await (const values of jsonLines(pieces())) got.push(...values)
        expect(got).toEqual(wanted)
      },
    ),
  )
})
