import type { DatabaseSync } from 'node:sqlite'
import { type LookupRow, lookupSql, toLookup } from '../lookup-row.ts'
import type { Lookup } from '../port/lookup.ts'

const remembered = 16

/**
 * Lookups on one connection: one prepared statement, by primary key, and one transaction for all that came together. The
 * caller of a thousand verifications is the same one, so a few rows are remembered for as long as SQLite itself says that
 * nothing was committed since (`data_version`, asked in every transaction): what is remembered is what the database would
 * answer. They are few, and in a list: a map would make every hash that it is asked about a unique string first.
 */
export function lookups(
  database: DatabaseSync,
): (hashes: readonly string[]) => readonly (Lookup | undefined)[] {
  const statement = database.prepare(`${lookupSql('restored_ms is not null')} where l.hash = ?`)
  statement.setReturnArrays(true)
  const begin = database.prepare('begin')
  const commit = database.prepare('commit')
  const dataVersion = database.prepare('pragma data_version')
  let memory: { readonly hash: string; readonly lookup: Lookup }[] = []
  let version: unknown

  const find = (hash: string): Lookup | undefined => {
    for (const known of memory) if (known.hash === hash) return known.lookup
    const row = statement.get(hash) as unknown as LookupRow | undefined
    if (row === undefined) return undefined
    const lookup = toLookup(row)
    if (memory.length < remembered) memory.push({ hash, lookup })
    return lookup
  }
  const findAll = (hashes: readonly string[]) => {
    const now = dataVersion.get()?.data_version
    if (now !== version) memory = []
    version = now
    return hashes.map(find)
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
