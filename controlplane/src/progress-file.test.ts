import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { readProgress, recordProgress } from './progress-file.ts'

let path: string

beforeEach(async () => {
  const temporary = await mkdtempDisposable(join(tmpdir(), 'controlplane-'))
  path = join(temporary.path, 'progress.json')
  return temporary.remove
})

test('another process reads what was recorded', async () => {
  recordProgress(path)({ kind: 'progress', done: 3, total: 10, text: 'Building' })

  expect(await readProgress(path)).toEqual({
    kind: 'progress',
    done: 3,
    total: 10,
    text: 'Building',
  })
})

test('a file that is missing or half-written is no progress and no error', async () => {
  expect(await readProgress(path)).toBeUndefined()

  await writeFile(path, '{"kind":"pro')
  expect(await readProgress(path)).toBeUndefined()
})
