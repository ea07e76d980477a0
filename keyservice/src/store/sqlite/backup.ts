import { backup, DatabaseSync } from 'node:sqlite'
import { keysFile, usesFile } from './files.ts'
import { attachUses, copyUses, createUses } from './uses-file.ts'

/**
 * Copies the store of a folder that is in use, as it is at one instant, to one file that is not there yet; uses are in it
 * too. The copy says of itself that it is one: whoever puts it in the place of the original, and however, gets a store that
 * verifies nothing until an administrator has decided about what was revoked since.
 */
export async function backupSqlite(folder: string, target: string, nowMs: number): Promise<void> {
  const source = new DatabaseSync(keysFile(folder), { readOnly: true, timeout: 5000 })
  try {
    await backup(source, target)
  } finally {
    source.close()
  }
  const copy = new DatabaseSync(target, { timeout: 5000 })
  try {
    copy
      .prepare(
        'update store set restored_ms = ?, restored_number = (select coalesce(max(id), 0) from audit)',
      )
      .run(nowMs)
    attachUses(copy, usesFile(folder))
    createUses(copy, 'main')
    copyUses(copy, 'uses_file', 'main')
    copy.exec('detach uses_file')
    copy.exec('pragma journal_mode = delete')
  } finally {
    copy.close()
  }
}
