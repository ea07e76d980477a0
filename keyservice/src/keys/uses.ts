import { setTimeout as wait } from 'node:timers/promises'
import { randomBase62 } from '@latchkey/core'
import type { Service } from '../service.ts'
import type { ScopeUse } from '../store/port/usage.ts'
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

// Thousands of different credentials a second are written slowly, a few at a time: nothing stops for long, and meanwhile uses
// gather, and the more there are, the more of them share a page of the table. A replica that told nothing for five minutes
// would be taken for dead.
const longestPauseMs = 100
const longestFlushMs = 60_000

/** Uses over a store; whoever makes it calls `flush` before the first use, now and then, and `close` at the end. */
export function gatherUses({
  store,
  clock,
  randomBytes,
}: Pick<Service, 'store' | 'clock' | 'randomBytes'>): Uses {
  const replica = randomBase62(16, randomBytes)
  let gathered = new Map<string, number>()
  let scoped = new Map<string, ScopeUse>()
  let running: Promise<void> = Promise.resolve()
  let queued: Promise<void> | undefined
  let closing = false

  const pause = async (parts: number) => {
    if (!closing) await wait(Math.min(longestPauseMs, longestFlushMs / parts))
  }
  const gatherScope = (use: ScopeUse) => {
    const name = `${use.credentialId} ${use.scope}`
    const before = scoped.get(name)
    scoped.set(name, {
      ...use,
      uses: use.uses + (before?.uses ?? 0),
      lastUsedMs: Math.max(use.lastUsedMs, before?.lastUsedMs ?? 0),
    })
  }

  const write = async () => {
    const untilMs = clock()
    const [uses, scopes] = [gathered, scoped]
    gathered = new Map()
    scoped = new Map()
    try {
      for await (const some of sortedParts(uses, pause)) {
        const batch = some.map(([credentialId, lastUsedMs]) => ({ credentialId, lastUsedMs }))
        await store.saveUses({ uses: batch, scopes: [] })
        for (const [credentialId] of some) uses.delete(credentialId)
      }
      for await (const some of sortedParts(scopes, pause)) {
        await store.saveUses({ uses: [], scopes: some.map(([, use]) => use) })
        for (const [name] of some) scopes.delete(name)
      }
    } catch (error) {
      gathered = new Map([...uses, ...gathered])
      for (const use of scopes.values()) gatherScope(use)
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
      gathered.set(credentialId, lastUsedMs)
      for (const scope of scopes) gatherScope({ credentialId, scope, uses: 1, lastUsedMs })
    },
    flush,
    async close() {
      closing = true
      await flush()
      await store.write((tables) => tables.usage.forget(replica))
    },
  }
}
