import type { DatabaseSync } from 'node:sqlite'
import { type LookupRow, lookupSql, toLookup } from '../lookup-row.ts'
import type { Lookup } from '../port/lookup.ts'

const remembered = 64

/**
 * Lookups on one connection: one prepared statement, by primary key, and one transaction for all that came together. The
 * caller of a thousand verifications is the same one, so a few rows are remembered for as long as SQLite itself says that
 * nothing was committed since (`data_version`, asked in every transaction): what is remembered is what the database would
 * answer.
 */
export function lookups(
  database: DatabaseSync,
): (hashes: readonly string[]) => ReadonlyMap<string, Lookup> {
  const statement = database.prepare(`${lookupSql('restored_ms is not null')} where l.hash = ?`)
  statement.setReturnArrays(true)
  const begin = database.prepare('begin')
  const commit = database.prepare('commit')
  const dataVersion = database.prepare('pragma data_version')
  const memory = new Map<string, Lookup>()
  let version: unknown

  const find = (hash: string): Lookup | undefined => {
    const known = memory.get(hash)
    if (known !== undefined) return known
    const row = statement.get(hash) as unknown as LookupRow | undefined
    if (row === undefined) return undefined
    const lookup = toLookup(row)
    if (memory.size < remembered) memory.set(hash, lookup)
    return lookup
  }
  const findAll = (hashes: readonly string[]): ReadonlyMap<string, Lookup> => {
    const now = dataVersion.get()?.data_version
    if (now !== version) memory.clear()
    version = now
    const found = new Map<string, Lookup>()
    for (const hash of hashes) {
      const lookup = find(hash)
      if (lookup !== undefined) found.set(hash, lookup)
    }
    return found
  }
  return (hashes) => {
    begin.run()
    try {
      return findAll(hashes)
    } finally {
      commit.run()
    }
  }
}
