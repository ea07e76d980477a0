import { backup, DatabaseSync } from 'node:sqlite'

/**
 * Copies a database that is in use, as it is at one instant, to a file that is not there yet. The copy says of itself
 * that it is one: whoever puts it in the place of the original, and however, gets a store that verifies nothing until an
 * administrator has decided about what was revoked since.
 */
export async function backupSqlite(file: string, target: string, nowMs: number): Promise<void> {
  const source = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    await backup(source, target)
  } finally {
    source.close()
  }
  const copy = new DatabaseSync(target)
  try {
    copy
      .prepare(
        'update store set restored_ms = ?, restored_number = (select coalesce(max(id), 0) from audit)',
      )
      .run(nowMs)
    copy.exec('pragma journal_mode = delete')
  } finally {
    copy.close()
  }
}
