import { setTimeout as wait } from 'node:timers/promises'
import { randomBase62 } from '@latchkey/core'
import type { Service } from '../service.ts'
import type { UsesBatch } from '../store/port/usage.ts'
import { addUse, sortedParts, type Use } from './use-log.ts'

/**
 * When each credential was last used and for which scopes, gathered in memory and written in batches: a verification must
 * not wait for a write. What a crash loses is at most one interval of uses, never a change.
 */
export interface Uses {
  /** Counts a use of now. */
  record(credentialId: string, scopes?: readonly string[]): void
  /** Writes what has gathered, and that it is complete. What could not be written is kept for the next time. */
  flush(): Promise<void>
  /** The last flush: this replica has no more to tell. */
  close(): Promise<void>
}

// Thousands of different credentials a second are written a few at a time, with pauses: nothing stops for long. Not slower than
// they come: what gathers for long is copied and looked at by the garbage collector again and again. A replica that told
// nothing for five minutes would be taken for dead.
const mostPerMs = 20
const longestFlushMs = 60_000

/** Uses over a store; whoever makes it calls `flush` before the first use, now and then, and `close` at the end. */
export function gatherUses({
  store,
  clock,
  randomBytes,
}: Pick<Service, 'store' | 'clock' | 'randomBytes'>): Uses {
  const replica = randomBase62(16, randomBytes)
  let log: Use[] = []
  let running: Promise<void> = Promise.resolve()
  let queued: Promise<void> | undefined
  let closing = false

  const pause = async (parts: number) => {
    if (!closing) await wait(Math.min(store.usesAtOnce / mostPerMs, longestFlushMs / parts))
  }
  const write = async () => {
    const untilMs = clock()
    const unsaved = log
    log = []
    let saved = ''
    try {
      for await (const part of sortedParts(unsaved, store.usesAtOnce, pause)) {
        await store.saveUses(batchOf(part))
        saved = part.at(-1)?.credentialId ?? saved
      }
    } catch (error) {
      log = [
        ...(await addedUp(
          unsaved.filter((use) => use.credentialId > saved),
          store.usesAtOnce,
        )),
        ...log,
      ]
      throw error
    }
    await store.saveUses({ scopes: [], complete: { replica, untilMs } })
  }

  // One after the other: a flush that overtook another would call complete what is still being written. Whoever comes while
  // one waits shares it.
  const flush = () => {
    queued ??= running
      .catch(() => undefined)
      .then(() => {
        queued = undefined
        return write()
      })
    running = queued
    return queued
  }
  return {
    record: (credentialId, scopes = []) => addUse(log, credentialId, scopes, clock()),
    flush,
    async close() {
      closing = true
      await flush()
      await store.write((tables) => tables.usage.forget(replica))
    },
  }
}

/** However long nothing can be written, no credential has more than one entry of before. */
async function addedUp(log: readonly Use[], atOnce: number): Promise<Use[]> {
  const all: Use[] = []
  for await (const part of sortedParts(log, atOnce, () => wait(0))) all.push(...part)
  return all
}

function batchOf(part: readonly Use[]): UsesBatch {
  return {
    uses: {
      credentialIds: part.map((use) => use.credentialId),
      lastUsedMs: part.map((use) => use.lastUsedMs),
    },
    scopes: part.flatMap(({ credentialId, scopes = [] }) =>
      scopes.map((count) => ({ credentialId, ...count })),
    ),
  }
}
