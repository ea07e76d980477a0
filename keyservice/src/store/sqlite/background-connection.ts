import { DatabaseSync } from 'node:sqlite'
import type { UsesBatch } from '../port/usage.ts'

/** A connection for what nobody waits for; each of these stops its thread. */
export interface BackgroundConnection {
  saveUses(batch: UsesBatch): void
  /** Copies the log into the database and tells its length in pages, 0 when it can begin anew. */
  checkpoint(): number
  close(): void
}

export function openBackgroundConnection(file: string): BackgroundConnection {
  const database = new DatabaseSync(file, { timeout: 5000 })
  // Without waiting for the disk: the next write that somebody waits for takes these along, and what comes earlier is never
  // lost without what comes later.
  database.exec('pragma synchronous = normal')
  database.exec('pragma wal_autocheckpoint = 0')
  database.exec('pragma cache_size = -16384')
  database.exec('pragma mmap_size = 1073741824')
  const use = database.prepare(`
    insert into uses (credential_id, last_used_ms) values (?, ?)
    on conflict (credential_id) do update set last_used_ms = excluded.last_used_ms
    where uses.last_used_ms < excluded.last_used_ms`)
  const scopeUse = database.prepare(`
    insert into scope_uses (credential_id, scope, uses, last_used_ms) values (?, ?, ?, ?)
    on conflict (credential_id, scope) do update set uses = scope_uses.uses + excluded.uses,
      last_used_ms = max(scope_uses.last_used_ms, excluded.last_used_ms)`)
  const complete = database.prepare(`
    insert into replicas (id, complete_ms) values (?, ?)
    on conflict (id) do update set complete_ms = excluded.complete_ms`)
  const checkpoint = database.prepare('pragma wal_checkpoint(passive)')

  const save = (batch: UsesBatch) => {
    for (const { credentialId, lastUsedMs } of batch.uses) use.run(credentialId, lastUsedMs)
    for (const { credentialId, scope, uses, lastUsedMs } of batch.scopes) {
      scopeUse.run(credentialId, scope, uses, lastUsedMs)
    }
    if (batch.complete !== undefined) complete.run(batch.complete.replica, batch.complete.untilMs)
  }
  return {
    saveUses(batch) {
      database.exec('begin immediate')
      try {
        save(batch)
        database.exec('commit')
      } catch (error) {
        if (database.isTransaction) database.exec('rollback')
        throw error
      }
    },
    checkpoint() {
      // Passive: as far as nobody reads the old pages, and nobody has to wait.
      const { log, checkpointed } = checkpoint.get() as Record<'log' | 'checkpointed', number>
      return checkpointed < log ? log : 0
    },
    close: () => database.close(),
  }
}
