// The latchkey command as a person runs it: a process of its own in a folder of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from './until.ts'

const main = join(import.meta.dirname, '../../cli/src/main.ts')

/** A run of the command. */
export interface Command {
  /** All that it has printed, to either output. */
  readonly output: () => string
  /** Resolves when it has printed this; fails with what it printed instead when it ends before. */
  readonly prints: (text: string | RegExp) => Promise<void>
  readonly kill: (signal: NodeJS.Signals) => void
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>
}

/** Starts `latchkey up` with these options in a folder, without a terminal. */
export function startCommand(folder: string, ...options: readonly string[]): Command {
  const child: ChildProcess = spawn(process.execPath, [main, 'up', ...options], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: '1' },
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  }
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    output: () => printed,
    prints: (text) =>
      until(`the command prints ${text}`, async () => {
        if (typeof text === 'string' ? printed.includes(text) : text.test(printed)) return true
        if (child.exitCode === null && child.signalCode === null) return false
        throw new Error(`The command ended: ${printed}`)
      }).then(() => undefined),
    kill: (signal) => child.kill(signal),
    ended,
  }
}

/** The processes that work in a folder or below it: everything that a run in it has started, children of children too. */
export async function processesIn(folder: string): Promise<readonly string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const folders = await Promise.all(ids.map((id) => readlink(`/proc/${id}/cwd`).catch(() => '')))
  return ids.filter((_, index) => `${folders[index]}/`.startsWith(`${folder}/`))
}
