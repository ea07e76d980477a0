import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Component, type ComponentOptions } from './component.ts'
import { readIfPresent } from './private-file.ts'

let folder: string
let component: Component

beforeEach(async () => {
  const temporary = await mkdtempDisposable(join(tmpdir(), 'controlplane-'))
  folder = temporary.path
  return temporary.remove
})

afterEach(() => component.stop())

/** A component that runs a shell script, and is ready when the script has made the file `ready`. */
function scripted(script: string, options: Partial<ComponentOptions> = {}): Component {
  component = new Component({
    name: 'etcd',
    file: '/bin/sh',
    args: ['-c', script],
    cwd: folder,
    env: { PATH: process.env.PATH },
    logPath: join(folder, 'log'),
    untilReady,
    ...options,
  })
  return component
}

async function untilReady(signal: AbortSignal): Promise<void> {
  while ((await readIfPresent(join(folder, 'ready'))) === undefined) signal.throwIfAborted()
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a start resolves when the process is ready', async () => {
  await scripted('echo begun; touch ready; exec sleep 1000').start()

  expect(component.pid).toBeGreaterThan(0)
  expect(await readFile(component.logPath, 'utf8')).toBe('begun\n')
})

test('a process that ends before it is ready explains itself by the end of its log', async () => {
  const start = scripted('echo the disk is full >&2; exit 3').start()

  await expect(start).rejects.toThrow(
    /etcd ended \(code 3\) before it was ready.*the disk is full/s,
  )
  expect(component.pid).toBeUndefined()
})

test('a program that is not there is an error', async () => {
  const start = scripted('', { file: join(folder, 'nothing') }).start()

  await expect(start).rejects.toThrow('ENOENT')
})

test('an aborted start ends the wait', async () => {
  const start = scripted('exec sleep 1000').start(AbortSignal.abort())

  await expect(start).rejects.toThrow('aborted')
})

test('a process that somebody has stopped is ended in good order, not killed', async () => {
  await scripted(
    "trap 'touch goodbye; exit' TERM; touch ready; while :; do sleep 0.01; done",
  ).start()
  component.kill('SIGSTOP')

  await component.stop()

  expect(await readIfPresent(join(folder, 'goodbye'))).toBe('')
})

test('a stop leaves no child of the process behind', async () => {
  // The child holds the pipe open: its end is seen as the end of the pipe.
  await promisify(execFile)('mkfifo', [join(folder, 'pipe')])
  const pipe = createReadStream(join(folder, 'pipe')).resume()
  await scripted('sleep 1000 > pipe & touch ready; wait').start()

  await component.stop()

  await once(pipe, 'end')
})

test('a killed process can be awaited and started again', async () => {
  await scripted('touch ready; exec sleep 1000').start()
  const first = component.pid

  component.kill('SIGKILL')
  expect(await component.exited()).toEqual({ code: null, signal: 'SIGKILL' })
  await component.restart()

  expect(component.pid).toBeGreaterThan(0)
  expect(component.pid).not.toBe(first)
})

test('a restart ends the process that runs', async () => {
  await scripted('touch ready; exec sleep 1000').start()
  const first = component.pid ?? 0

  await component.restart()

  expect(isAlive(first)).toBe(false)
})
