import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { tryLock, waitForLock } from './lock.ts'

let path: string

beforeEach(async () => {
  const temporary = await mkdtempDisposable(join(tmpdir(), 'controlplane-'))
  path = join(temporary.path, 'lock')
  return temporary.remove
})

test('a lock has one holder, and the next one after its release', () => {
  const first = tryLock(path)

  expect(tryLock(path)).toBeUndefined()
  first?.release()
  first?.release()
  const second = tryLock(path)
  expect(second).toBeDefined()
  second?.release()
})

test('a holder that was killed does not block the next one', async () => {
  const source = `
    const { tryLock } = await import(${JSON.stringify(join(import.meta.dirname, 'lock.ts'))})
    globalThis.held = tryLock(${JSON.stringify(path)})
    process.stdout.write('held')
    setInterval(() => {}, 60_000)`
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  expect(tryLock(path)).toBeUndefined()

  holder.kill('SIGKILL')
  await once(holder, 'exit')

  const lock = tryLock(path)
  expect(lock).toBeDefined()
  lock?.release()
})

test('a waiter gets the lock when its holder gives it back', async () => {
  const holder = tryLock(path)
  let waits = 0

  const lock = await waitForLock(path, {
    onWait: async () => {
      waits += 1
      holder?.release()
    },
  })

  expect(waits).toBe(1)
  lock.release()
})

test('a wait can be aborted', async () => {
  const holder = tryLock(path)
  const abort = new AbortController()

  const waiting = waitForLock(path, { signal: abort.signal, onWait: async () => abort.abort() })

  await expect(waiting).rejects.toThrow('aborted')
  holder?.release()
})

test('a lock that cannot be made is an error, not a wait', () => {
  expect(() => tryLock(join(path, 'in', 'no', 'folder'))).toThrow('unable to open')
})

test('a file that is no lock is an error, not a wait', async () => {
  await writeFile(path, 'Something else altogether. '.repeat(50))

  expect(() => tryLock(path)).toThrow('not a database')
})
