import { DatabaseSync } from 'node:sqlite'
import type { UsesBatch } from '../port/usage.ts'
import { keysFile, usesFile } from './files.ts'
import { transaction } from './transaction.ts'

/** What nobody waits for; each of these stops its thread. */
export interface BackgroundConnection {
  saveUses(batch: UsesBatch): void
  /** Copies the logs into their files and tells the length of the longer one in pages, 0 for one that can begin anew. */
  checkpoint(): number
  close(): void
}

export function openBackgroundConnection(folder: string): BackgroundConnection {
  const keys = open(keysFile(folder))
  const uses = open(usesFile(folder))
  // Without waiting for the disk: what comes earlier is never lost without what comes later.
  uses.exec('pragma synchronous = normal')
  uses.exec('pragma cache_size = -16384')
  const save = saving(uses)
  // Passive: as far as nobody reads the old pages, and nobody has to wait.
  const checkpoints = [keys, uses].map((database) =>
    database.prepare('pragma wal_checkpoint(passive)'),
  )
  return {
    saveUses: (batch) => transaction(uses, () => save(batch)),
    checkpoint() {
      const logPages = checkpoints.map((statement) => {
        const { log, checkpointed } = statement.get() as Record<'log' | 'checkpointed', number>
        return checkpointed < log ? log : 0
      })
      return Math.max(...logPages)
    },
    close() {
      keys.close()
      uses.close()
    },
  }
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000 })
  database.exec('pragma wal_autocheckpoint = 0')
  return database
}

function saving(database: DatabaseSync): (batch: UsesBatch) => void {
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
  return (batch) => {
    const { credentialIds = [], lastUsedMs = [] } = batch.uses ?? {}
    for (const [index, id] of credentialIds.entries()) use.run(id, lastUsedMs[index] as number)
    for (const { credentialId, scope, uses, lastUsedMs } of batch.scopes) {
      scopeUse.run(credentialId, scope, uses, lastUsedMs)
    }
    if (batch.complete !== undefined) complete.run(batch.complete.replica, batch.complete.untilMs)
  }
}
