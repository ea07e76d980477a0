import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { crdFiles } from './crd-files.ts'

const folder = join(import.meta.dirname, '..')

describe('crdFiles', () => {
  it('gives exactly the files that are committed', async () => {
    const committed = (await readdir(folder)).filter((name) => name.endsWith('.yaml'))
    expect(
      crdFiles()
        .map((file) => file.name)
        .sort(),
    ).toEqual(committed.sort())
    for (const file of crdFiles()) {
      expect(await readFile(join(folder, file.name), 'utf8')).toBe(file.text)
    }
  })
})
