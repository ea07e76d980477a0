import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Store } from '../port.ts'
import type { BackgroundAnswer, BackgroundData, BackgroundTask } from './background-thread.ts'
import { type Turns, takeTurns } from './turns.ts'

/** The work on the file that nobody's answer waits for. */
export interface Background {
  readonly saveUses: Store['saveUses']
  /** Ends the thread, after what it is doing. */
  close(): Promise<void>
}

const checkpointEveryMs = 1000
/** 64 MB. */
const largestLogPages = 16_384

/**
 * Starts the thread that saves uses and moves what was written from the log into the database. `write` are the turns of
 * all who write to the store.
 */
export function startBackground(folder: string, write: Turns): Background {
  const workerData: BackgroundData = { folder }
  const turns = takeTurns()
  let thread: Worker | undefined
  /** Who waits for an answer of the thread: one at a time, since what it does is done in turns. */
  let asked: PromiseWithResolvers<BackgroundAnswer> | undefined

  const start = () => {
    const fresh = startThread(workerData)
    let cause: unknown
    fresh.on('message', (answer) => asked?.resolve(answer))
    fresh.once('error', (error) => {
      cause = error
    })
    fresh.once('exit', () => {
      // It took its task along; the next task gets a new thread.
      if (thread === fresh) thread = undefined
      asked?.reject(new Error('The background thread of the store died', { cause }))
    })
    return fresh
  }
  const ask = async (task: BackgroundTask): Promise<number> => {
    thread ??= start()
    thread.postMessage(task)
    asked = Promise.withResolvers()
    const answer = await asked.promise
    if (answer.kind === 'failed') throw answer.error
    return answer.logPages
  }
  const checkpoint = async () => {
    const logPages = await ask({ kind: 'checkpoint' })
    // Under a flood of writes the log is never copied to its end, and grows. Then the writers wait for once.
    if (logPages > largestLogPages) await write(() => ask({ kind: 'checkpoint' }))
  }
  const timer = setInterval(() => {
    // What stopped it will stop a write too, and is told there; the next second tries again.
    turns(checkpoint).catch(() => {})
  }, checkpointEveryMs)
  timer.unref()

  return {
    saveUses: (batch) =>
      turns(() => write(async () => void (await ask({ kind: 'saveUses', batch })))),
    async close() {
      clearInterval(timer)
      await turns(async () => {
        if (thread === undefined) return
        const ended = once(thread, 'exit')
        await Promise.all([ask({ kind: 'close' }), ended])
      })
    },
  }
}

function startThread(workerData: BackgroundData): Worker {
  const program = new URL('./background-thread.ts', import.meta.url)
  // What was loaded into the process for its own sake is not for a thread of it.
  return new Worker(program, { workerData, execArgv: [] })
}
