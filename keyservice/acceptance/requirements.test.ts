import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { findProofs, proofsIn } from './proofs.ts'
import { requirementsPage } from './requirements-page.ts'
import { statusOf } from './row.ts'
import { rows } from './rows.ts'

const root = resolve(import.meta.dirname, '../..')

test('every row of the five products is there once, in order', () => {
  const last = { P: 27, A: 12, B: 13, C: 17, D: 10 }
  const wanted = Object.entries(last).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
  )
  expect(rows.map(({ number }) => number)).toEqual(wanted)
})

test('docs/requirements.md says what the tests prove now', async () => {
  const page = await readFile(join(root, 'docs/requirements.md'), 'utf8')
  expect(page, 'run npm run generate').toBe(requirementsPage(rows, await findProofs(root)))
})

test('no test names a row that does not exist', async () => {
  const known = new Set(rows.map(({ number }) => number))
  const named = (await findProofs(root)).flatMap((proof) => proof.rows)
  expect(named.filter((number) => !known.has(number))).toEqual([])
})

test('a name may begin with several rows, and a skipped test proves none', () => {
  const text =
    "test('P1 A4: keys work', () => {})\ntest.skip('P2 spaces', () => {})\ntest('A key', f)"
  expect(proofsIn('x.test.ts', text)).toEqual([
    { file: 'x.test.ts', name: 'keys work', rows: ['P1', 'A4'] },
  ])
})

test('what a console shows, only a test of the console proves', () => {
  const proof = (file: string) => [{ file, name: 'x', rows: ['P27'] }]
  const both = { number: 'P27', types: 'FU', says: 'x' }
  const shown = { number: 'P18', types: 'U', says: 'x' }
  expect(statusOf(both, [])).toBe('open')
  expect(statusOf(both, proof('keyservice/acceptance/pulze.test.ts'))).toMatch(
    /but for the console/,
  )
  expect(statusOf(shown, proof('keyservice/acceptance/pulze.test.ts'))).toMatch(/^waits/)
  expect(statusOf(shown, proof('keyservice/console/list.test.ts'))).toBe('proven')
})
