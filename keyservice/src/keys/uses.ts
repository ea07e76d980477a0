import { setTimeout as wait } from 'node:timers/promises'
import { randomBase62 } from '@latchkey/core'
import type { Service } from '../service.ts'
import type { UsesBatch } from '../store/port/usage.ts'
import { sortedParts } from './sorted-parts.ts'

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
const longestPauseMs = 25
const longestFlushMs = 60_000

/** What a credential was used for since the last flush. */
interface Gathered {
  lastUsedMs: number
  /** By scope; most uses are of none. */
  scopes?: Map<string, { uses: number; lastUsedMs: number }>
}

/** Uses over a store; whoever makes it calls `flush` before the first use, now and then, and `close` at the end. */
export function gatherUses({
  store,
  clock,
  randomBytes,
}: Pick<Service, 'store' | 'clock' | 'randomBytes'>): Uses {
  const replica = randomBase62(16, randomBytes)
  let gathered = new Map<string, Gathered>()
  let running: Promise<void> = Promise.resolve()
  let queued: Promise<void> | undefined
  let closing = false

  const pause = async (parts: number) => {
    if (!closing) await wait(Math.min(longestPauseMs, longestFlushMs / parts))
  }
  const write = async () => {
    const untilMs = clock()
    const unsaved = gathered
    gathered = new Map()
    try {
      for await (const part of sortedParts(unsaved, pause)) {
        await store.saveUses(batchOf(part))
        for (const [credentialId] of part) unsaved.delete(credentialId)
      }
    } catch (error) {
      for (const [credentialId, later] of gathered) gather(unsaved, credentialId, later)
      gathered = unsaved
      throw error
    }
    await store.saveUses({ uses: [], scopes: [], complete: { replica, untilMs } })
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
    record(credentialId, scopes = []) {
      const lastUsedMs = clock()
      const use = useOf(gathered, credentialId)
      use.lastUsedMs = lastUsedMs
      for (const scope of scopes) count(use, scope, 1, lastUsedMs)
    },
    flush,
    async close() {
      closing = true
      await flush()
      await store.write((tables) => tables.usage.forget(replica))
    },
  }
}

function useOf(all: Map<string, Gathered>, credentialId: string): Gathered {
  const known = all.get(credentialId)
  if (known !== undefined) return known
  const fresh: Gathered = { lastUsedMs: 0 }
  all.set(credentialId, fresh)
  return fresh
}

function count(use: Gathered, scope: string, uses: number, lastUsedMs: number): void {
  use.scopes ??= new Map()
  const counted = use.scopes.get(scope)
  if (counted === undefined) {
    use.scopes.set(scope, { uses, lastUsedMs })
    return
  }
  counted.uses += uses
  counted.lastUsedMs = lastUsedMs
}

/** Adds what came later. */
function gather(all: Map<string, Gathered>, credentialId: string, later: Gathered): void {
  const use = useOf(all, credentialId)
  use.lastUsedMs = later.lastUsedMs
  for (const [scope, { uses, lastUsedMs }] of later.scopes ?? []) {
    count(use, scope, uses, lastUsedMs)
  }
}

function batchOf(part: readonly (readonly [string, Gathered])[]): UsesBatch {
  return {
    uses: part.map(([credentialId, { lastUsedMs }]) => ({ credentialId, lastUsedMs })),
    scopes: part.flatMap(([credentialId, { scopes = [] }]) =>
      [...scopes].map(([scope, counted]) => ({ credentialId, scope, ...counted })),
    ),
  }
}
