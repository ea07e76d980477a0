import type { Pool } from 'pg'
import { type LookupRow, lookupSql, toLookup } from '../lookup-row.ts'
import type { Lookup } from '../port/lookup.ts'

/** A dump that was read back under running replicas has a table of another id than it says. */
const storeRestored = `case when restored_ms is null
  and (home is null or split_part(home, '@', 1) = tableoid::text) then 0 else 1 end`

/** Lookups through a pool: one query for all, prepared by its name on each connection. */
export function lookups(
  pool: Pool,
): (hashes: readonly string[]) => Promise<readonly (Lookup | undefined)[]> {
  const text = `${lookupSql(storeRestored)} where l.hash = any($1)`
  return async (hashes) => {
    const { rows } = await pool.query<[...LookupRow]>({
      name: 'lookup',
      text,
      values: [[...new Set(hashes)]],
      rowMode: 'array',
    })
    const found = new Map(rows.map((row) => [row[0], toLookup(row)]))
    return hashes.map((hash) => found.get(hash))
  }
}
