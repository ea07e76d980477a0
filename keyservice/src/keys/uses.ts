import { randomBase62 } from '@latchkey/core'
import type { Service } from '../service.ts'
import type { ScopeUse } from '../store/port.ts'

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

const part = 200

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
    const completeMs = clock()
    // In the order of the tables, so that neighbours are written together; in small parts, so that nobody waits long.
    const uses = [...gathered]
      .map(([id, lastUsedMs]) => ({ id, lastUsedMs }))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
    const scopes = [...scoped].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, use]) => use)
    gathered = new Map()
    scoped = new Map()
    try {
      while (uses.length > 0) {
        await store.write((tables) => tables.credentials.touch(uses.slice(0, part)))
        uses.splice(0, part)
      }
      while (scopes.length > 0) {
        await store.write((tables) => tables.usage.add(scopes.slice(0, part)))
        scopes.splice(0, part)
      }
    } catch (error) {
      const left = uses.map((use) => [use.id, use.lastUsedMs] as const)
      gathered = new Map([...left, ...gathered])
      for (const use of scopes) gatherScope(use)
      throw error
    }
    await store.write((tables) => tables.usage.report(replica, completeMs))
  }

  // One after the other: a flush that overtook another would call complete what is still being written.
  const flush = () => {
    running = running.catch(() => undefined).then(write)
    return running
  }
  return {
    record(credentialId, scopes = []) {
      const lastUsedMs = clock()
      gathered.set(credentialId, lastUsedMs)
      for (const scope of scopes) gatherScope({ credentialId, scope, uses: 1, lastUsedMs })
    },
    flush,
    async close() {
      await flush()
      await store.write((tables) => tables.usage.forget(replica))
    },
  }
}
