import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Proof } from './row.ts'

const folders = ['core', 'keyservice', 'operator', 'provider', 'cli', 'test']

// A test's call with its name; `test.skip` and its like do not match, so what does not run proves nothing.
const call = /^\s*(?:test|it)(?:\.each\([^)]*\))?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gm
const numbers = /^(?:[PABCD]\d{1,2}\b[,: ]*)+/

/** Every test of the repository whose name begins with row numbers, in the order of files. */
export async function findProofs(root: string): Promise<Proof[]> {
  const files = await Promise.all(folders.map((folder) => testFiles(join(root, folder))))
  const proofs = await Promise.all(
    files.flat().map(async (path) => {
      return proofsIn(relative(root, path).replaceAll('\\', '/'), await readFile(path, 'utf8'))
    }),
  )
  return proofs.flat().sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
}

/** The proofs in the text of one file. */
export function proofsIn(file: string, text: string): Proof[] {
  return [...text.matchAll(call)].flatMap(([, , name = '']) => {
    const named = numbers.exec(name)
    if (named === null) return []
    const [first] = named
    const rows = first.match(/[PABCD]\d{1,2}/g) ?? []
    return [{ file, name: name.slice(first.length).replaceAll("\\'", "'"), rows }]
  })
}

async function testFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const found = await Promise.all(
    entries
      .filter(({ name }) => name !== 'node_modules')
      .map((entry) => {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) return testFiles(path)
        return Promise.resolve(entry.name.endsWith('.test.ts') ? [path] : [])
      }),
  )
  return found.flat()
}
