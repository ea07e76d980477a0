// A lock between processes that the operating system gives back when its holder dies, however it dies.
// A file with a process id would need a guess whether that process still lives (ids are reused) and has
// a race when two waiters find it stale at once; SQLite's exclusive transaction has neither.
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/** A held lock. Releasing it twice is harmless. */
export type Lock = { readonly release: () => void }

/** How often a waiter looks again. */
const pollMilliseconds = 300

/** SQLite's code for a lock that somebody else holds. */
const sqliteBusy = 5

/**
 * Takes the lock on this file (created when missing, and never removed: removing it would let two
 * holders lock two files of one name). Undefined when another process, or this one, holds it.
 */
export function tryLock(path: string): Lock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (isBusy(error)) return undefined
    throw error
  }
  return {
    release: () => {
      if (database.isOpen) database.close()
    },
  }
}

/** Waits until the lock is free and takes it. `onWait` is called before every further look. */
export async function waitForLock(
  path: string,
  options: { readonly signal?: AbortSignal | undefined; readonly onWait: () => Promise<void> },
): Promise<Lock> {
  for (;;) {
    const lock = tryLock(path)
    if (lock) return lock
    await options.onWait()
    await sleep(pollMilliseconds, undefined, { signal: options.signal })
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy
}
