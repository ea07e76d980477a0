import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** One of our programs as a process of its own, so that its CPU and memory are its own. */
export interface Program extends AsyncDisposable {
  readonly pid: number
  /** Resolves with the first line that fits; lines from before count. Rejects when the program ends. */
  readonly line: (fits: (line: string) => boolean) => Promise<string>
}

/** Runs a TypeScript file on this Node. */
export function runProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const child: ChildProcess = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const seen: string[] = []
  const waiting = new Set<(line: string) => void>()
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      seen.push(line)
      for (const look of waiting) look(line)
    })
  }
  return {
    pid: child.pid ?? 0,
    line(fits) {
      const before = seen.find(fits)
      if (before !== undefined) return Promise.resolve(before)
      return new Promise((resolve, reject) => {
        const look = (line: string) => {
          if (!fits(line)) return
          waiting.delete(look)
          resolve(line)
        }
        waiting.add(look)
        void ended.then((code) => reject(new Error(`${file} ended with ${code}: ${seen.at(-1)}`)))
      })
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      // Also one that was stopped.
      child.kill('SIGCONT')
      await ended
    },
  }
}
