import type { DatabaseSync } from 'node:sqlite'
import { type LookupRow, lookupSql, toLookup } from '../lookup-row.ts'
import type { Lookup } from '../port.ts'

/** Lookups on one connection: one prepared statement, by primary key. */
export function lookups(
  database: DatabaseSync,
): (hashes: readonly string[]) => ReadonlyMap<string, Lookup> {
  const statement = database.prepare(`${lookupSql} where c.hash = ?`)
  return (hashes) => {
    const found = new Map<string, Lookup>()
    for (const hash of hashes) {
      const row = statement.get(hash) as LookupRow | undefined
      if (row !== undefined) found.set(hash, toLookup(row))
    }
    return found
  }
}
