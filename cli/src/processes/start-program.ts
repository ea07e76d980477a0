import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { logLine } from './log-line.ts'

/** A program of ours to start: a TypeScript file, run by the runtime that runs this process. */
export interface ProgramOptions {
  /** For people: `the operator`. */
  readonly name: string
  readonly main: string
  readonly args?: readonly string[]
  /** Added to our own environment; undefined takes a variable out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Receives what the program prints, after what is there already. */
  readonly logPath: string
}

/** A running program. */
export interface Program extends AsyncDisposable {
  readonly name: string
  readonly pid: number
  readonly logPath: string
  /** How it ended, in words: `SIGKILL`, `code 1`. Never rejects. */
  readonly exited: Promise<string>
  /** The last lines that it printed. */
  readonly tail: () => Promise<string>
  /** Asks it to end and waits; kills what has not ended after ten seconds. Safe to repeat. */
  readonly stop: () => Promise<void>
}

const graceMilliseconds = 10_000
const tailLines = 8
const watcher = import.meta.resolve('./exit-with-parent.ts')

/**
 * Starts a program as a child that cannot outlive us: it notices when this process is gone (`exit-with-parent.ts`), and is
 * killed when this process exits. It has a process group of its own, so that Ctrl-C reaches us alone and we end things in
 * their order.
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { name, logPath } = options
  const log = await open(logPath, 'a', 0o600)
  try {
    const child = spawn(
      process.execPath,
      ['--import', watcher, options.main, ...(options.args ?? [])],
      {
        env: { ...process.env, ...options.env },
        stdio: ['ignore', log.fd, log.fd, 'ipc'],
        detached: true,
      },
    )
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
    })
    await once(child, 'spawn')
    const pid = pidOf(child)
    const killNow = () => killGroup(pid)
    process.once('exit', killNow)
    void exited.then(() => process.off('exit', killNow))
    const stop = () => end(child, pid, exited)
    return {
      name,
      pid,
      logPath,
      exited,
      tail: () => tailOf(logPath),
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } finally {
    await log.close()
  }
}

async function end(child: ChildProcess, pid: number, exited: Promise<string>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds)
    await exited
    clearTimeout(timer)
  }
  killGroup(pid)
}

/** Ends whatever the program itself has started. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing of it is left.
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('A process that was started has no id')
  return child.pid
}

async function tailOf(logPath: string): Promise<string> {
  const log = await readFile(logPath, 'utf8')
  const lines = log.trimEnd().split('\n').slice(-tailLines)
  return lines.map((line) => `  ${logLine(line)}`).join('\n')
}
