import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import type { Server } from './command-line.ts'

/** How a process ended: one of the two is set. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

export type ComponentOptions = {
  readonly name: Server
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Receives what the process prints, after what earlier ones printed. */
  readonly logPath: string
  /** Resolves when the process serves. Asked after each start; its signal is aborted when the process ends before. */
  readonly untilReady: (signal: AbortSignal) => Promise<void>
}

/** Lines of the log that an error repeats. */
const tailLines = 12

/** How long a process may take to end by itself before it is killed. */
const graceMilliseconds = 10_000

/** One server process that can be stopped, killed and started again with the same flags. */
export class Component {
  readonly name: Server
  readonly logPath: string
  readonly #options: ComponentOptions
  #process:
    | { readonly child: ChildProcess; readonly pid: number; readonly exited: Promise<Exit> }
    | undefined

  constructor(options: ComponentOptions) {
    this.name = options.name
    this.logPath = options.logPath
    this.#options = options
  }

  /** The process, while one runs. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** How the present process ends; for a component that does not run, an answer at once. */
  async exited(): Promise<Exit> {
    return (await this.#process?.exited) ?? { code: null, signal: null }
  }

  /**
   * Starts the process and waits until it serves. Throws the end of its log when it ends before that. An abort ends
   * the wait; the process runs on until it is stopped.
   */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.#process) throw new Error(`${this.name} runs already`)
    const started = await this.#spawn()
    this.#process = started
    const ended = new AbortController()
    const exit = started.exited.then((how) => {
      this.#process = undefined
      ended.abort()
      return how
    })
    const giveUp = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal
    const ready = this.#options.untilReady(giveUp).then(() => undefined)
    const outcome = await Promise.race([exit, ready])
    if (outcome) throw await this.#failure(outcome)
  }

  /**
   * Sends a signal and returns at once; await `exited()` for the end. Unlike `stop`, it leaves it to the
   * caller that a stopped process (SIGSTOP) is continued. No effect when no process runs.
   */
  kill(signal: NodeJS.Signals): void {
    this.#process?.child.kill(signal)
  }

  /** Ends the process as `stop` does, if one runs, and starts it again. */
  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** Ends the process and whatever it started; kills what has not ended after ten seconds. Safe to repeat. */
  async stop(): Promise<void> {
    if (!this.#process) return
    const { pid, exited } = this.#process
    this.kill('SIGTERM')
    // A stopped process would hear of its end only when somebody continues it.
    this.kill('SIGCONT')
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMilliseconds)
    await exited
    clearTimeout(timer)
    killGroup(pid)
  }

  /** Kills the process and whatever it started, without waiting: for the end of this process itself. */
  killNow(): void {
    if (this.#process) killGroup(this.#process.pid)
  }

  async #spawn() {
    const { file, args, cwd, env, logPath } = this.#options
    const log = await open(logPath, 'a', 0o600)
    try {
      const child = spawn(file, args, {
        cwd,
        // Its stdin is the line by which it notices that this process is gone (see go/parent.go).
        env: { ...env, CONTROLPLANE_EXIT_WITH_PARENT: '1' },
        stdio: ['pipe', log.fd, log.fd],
        // A group of its own: Ctrl-C reaches us alone, and we stop the components in their order.
        detached: true,
      })
      const exited = new Promise<Exit>((resolve) => {
        child.once('exit', (code, signal) => resolve({ code, signal }))
      })
      // A write to the pipe of a process that has just died is no news.
      child.stdin?.on('error', () => undefined)
      await once(child, 'spawn')
      return { child, pid: pidOf(child), exited }
    } finally {
      await log.close()
    }
  }

  async #failure(exit: Exit): Promise<Error> {
    const log = await readFile(this.logPath, 'utf8')
    const tail = log.trimEnd().split('\n').slice(-tailLines).join('\n')
    const how = exit.signal ?? `code ${exit.code}`
    return new Error(
      `${this.name} ended (${how}) before it was ready. The end of ${this.logPath}:\n${tail}`,
    )
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined)
    throw new Error(`${child.spawnfile} has no process id after its start`)
  return child.pid
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing of it is left.
  }
}
