import type { DatabaseSync } from 'node:sqlite'

/** Does all of some work, or nothing where it throws; it may await nothing. Stops its thread until the file is free. */
export function transaction(database: DatabaseSync, work: () => void): void {
  database.exec('begin immediate')
  try {
    work()
    database.exec('commit')
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
}
