import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { until } from './until.ts'

const program = fileURLToPath(new URL('../../operator/src/main.ts', import.meta.url))

/** The operator as the program that a cluster runs: it can be stopped, paused and killed. */
export interface OperatorProcess {
  /** Everything it wrote so far. */
  readonly output: () => string
  /** Resolves when it leads and its caches are complete. */
  readonly leading: () => Promise<void>
  /** What its metrics endpoint tells now. */
  readonly metrics: () => Promise<string>
  readonly signal: (signal: NodeJS.Signals) => void
  /** Kills it, however it stands, and waits for its end. Safe to repeat. */
  readonly kill: () => Promise<void>
  /** Asks it to end and waits until it has. */
  readonly stop: () => Promise<void>
}

export interface OperatorProcessOptions {
  readonly kubeconfig: string
  /** Short enough that tests of a hand-over do not wait long. Default: 3. */
  readonly leaseSeconds?: number
}

/** Starts an operator process with any free port for its metrics. */
export function startOperatorProcess(options: OperatorProcessOptions): OperatorProcess {
  const lease = options.leaseSeconds ?? 3
  const child = spawn(
    process.execPath,
    [
      program,
      ...['--kubeconfig', options.kubeconfig, '--health-port', '0'],
      ...['--lease-duration', String(lease), '--log-level', 'debug'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exited = once(child, 'close')

  return {
    output: () => output,
    leading: async () => {
      await until('an operator process leads', async () => {
        if (hasEnded(child)) throw new Error(`It ended: ${output.slice(-2_000)}`)
        return output.includes('"msg":"Leading"')
      })
    },
    async metrics() {
      const port = /"port":(\d+),"msg":"Operator started"/.exec(output)?.[1]
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
      return answer.text()
    },
    signal: (signal) => void child.kill(signal),
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
