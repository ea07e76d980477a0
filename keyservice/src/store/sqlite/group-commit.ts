import type { DatabaseSync } from 'node:sqlite'
import type { Store, Tables } from '../port.ts'
import { taken } from '../taken.ts'
import { whileBusy } from './busy.ts'
import type { Turns } from './turns.ts'

// A durable commit waits for the disk, and a thousand keys that are issued together would wait a thousand times. So the
// writes that have gathered while the last commit was under way share the next one, each under a savepoint of its own.

interface Waiting {
  readonly run: () => Promise<void>
  readonly committed: () => void
  readonly failed: (error: unknown) => void
}

const largestGroup = 256

/** Writes for one connection: in the order of their calls, grouped into transactions, each in its turn among the writers. */
export function groupCommit(
  database: DatabaseSync,
  tables: Tables,
  turns: Turns,
): { readonly write: Store['write']; readonly idle: () => Promise<void> } {
  const queue: Waiting[] = []
  let running: Promise<void> | undefined

  const drain = async () => {
    // One turn of the event loop lets everything that arrived together come in.
    await new Promise((resolve) => setImmediate(resolve))
    while (queue.length > 0) {
      await turns(() => commitGroup(database, queue.splice(0, largestGroup)))
    }
    running = undefined
  }

  return {
    write<T>(work: (tables: Tables) => Promise<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        let result: T
        queue.push({
          run: async () => {
            result = await work(tables)
          },
          committed: () => resolve(result),
          failed: reject,
        })
        running ??= drain()
      })
    },
    idle: async () => running,
  }
}

/** Runs a group in one transaction. A write that throws leaves the others alone; a commit that fails fails them all. */
async function commitGroup(database: DatabaseSync, group: readonly Waiting[]): Promise<void> {
  const done: Waiting[] = []
  try {
    await whileBusy(() => database.exec('begin immediate'))
    for (const waiting of group) {
      database.exec('savepoint write')
      try {
        await waiting.run()
        done.push(waiting)
      } catch (error) {
        database.exec('rollback to write')
        waiting.failed(isTaken(error) ? taken(error) : error)
      }
      database.exec('release write')
    }
    database.exec('commit')
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    for (const waiting of group) waiting.failed(error)
    return
  }
  for (const waiting of done) waiting.committed()
}

const primaryKey = 1555
const unique = 2067

function isTaken(error: unknown): boolean {
  const code = (error as { readonly errcode?: unknown }).errcode
  return code === primaryKey || code === unique
}
