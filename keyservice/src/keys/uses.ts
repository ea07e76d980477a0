import type { Store } from '../store/port.ts'

/**
 * When each credential was last used, gathered in memory and written in batches: a verification must not wait for a
 * write. What a crash loses is at most one interval of uses, never a change.
 */
export interface Uses {
  record(credentialId: string, atMs: number): void
  /** Writes what has gathered. What could not be written is kept for the next time. */
  flush(): Promise<void>
}

const part = 200

/** Uses over a store; whoever makes it calls `flush` now and then, and once at the end. */
export function gatherUses(store: Store): Uses {
  let gathered = new Map<string, number>()
  return {
    record(credentialId, atMs) {
      gathered.set(credentialId, atMs)
    },
    async flush() {
      if (gathered.size === 0) return
      // In the order of the table, so that neighbours are written together; in small parts, so that nobody waits long.
      const uses = [...gathered]
        .map(([id, lastUsedMs]) => ({ id, lastUsedMs }))
        .sort((a, b) => (a.id < b.id ? -1 : 1))
      gathered = new Map()
      for (let start = 0; start < uses.length; start += part) {
        try {
          const some = uses.slice(start, start + part)
          await store.write((tables) => tables.credentials.touch(some))
        } catch (error) {
          const left = uses.slice(start).map((use) => [use.id, use.lastUsedMs] as const)
          gathered = new Map([...left, ...gathered])
          throw error
        }
      }
    },
  }
}
