// What SQLite does for nobody who waits, in a thread with connections of its own: `node:sqlite` stops its thread for as long
// as a statement takes, and these take long.

import { getPriority, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { UsesBatch } from '../port/usage.ts'
import { type BackgroundConnection, openBackgroundConnection } from './background-connection.ts'

/** What the thread is asked for, one thing after the other. */
export type BackgroundTask =
  | { readonly kind: 'saveUses'; readonly batch: UsesBatch }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'close' }

/** Its answer, in the order of the tasks. */
export type BackgroundAnswer =
  | {
      readonly kind: 'done'
      /** The length of the log, while it cannot begin anew; 0 after a checkpoint that has copied all of it. */
      readonly logPages: number
    }
  | { readonly kind: 'failed'; readonly error: Error }

/** What the thread needs to begin. */
export interface BackgroundData {
  readonly folder: string
}

// Linux gives each thread a priority of its own: where there are few processors, verifications come first.
if (process.platform === 'linux') setPriority(Math.max(10, getPriority()))

parentPort?.on('message', (task: BackgroundTask) => {
  parentPort?.postMessage(answer(task))
  if (task.kind === 'close') parentPort?.close()
})

const { folder } = workerData as BackgroundData
let connection: BackgroundConnection | undefined

function answer(task: BackgroundTask): BackgroundAnswer {
  try {
    return { kind: 'done', logPages: run(task) }
  } catch (error) {
    return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) }
  }
}

function run(task: BackgroundTask): number {
  if (task.kind === 'close') {
    connection?.close()
    return 0
  }
  connection ??= openBackgroundConnection(folder)
  if (task.kind === 'checkpoint') return connection.checkpoint()
  connection.saveUses(task.batch)
  return 0
}
