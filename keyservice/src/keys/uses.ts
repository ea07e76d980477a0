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

/** Uses over a store; whoever makes it calls `flush` now and then, and once at the end. */
export function gatherUses(store: Store): Uses {
  let gathered = new Map<string, number>()
  return {
    record(credentialId, atMs) {
      gathered.set(credentialId, atMs)
    },
    async flush() {
      if (gathered.size === 0) return
      const batch = gathered
      gathered = new Map()
      try {
        const uses = [...batch].map(([id, lastUsedMs]) => ({ id, lastUsedMs }))
        await store.write((tables) => tables.credentials.touch(uses))
      } catch (error) {
        gathered = new Map([...batch, ...gathered])
        throw error
      }
    },
  }
}
