import type { Pool } from 'pg'
import {
  type HomeRow,
  homeColumns,
  type KeyRow,
  keyColumns,
  toHome,
  toLookup,
} from '../lookup-row.ts'
import type { Lookup } from '../port/lookup.ts'

/** A dump that was read back under running replicas has a table of another id than it says. */
const storeRestored = `case when restored_ms is null
  and (home is null or split_part(home, '@', 1) = tableoid::text) then 0 else 1 end`

const text = `
select ${homeColumns(storeRestored)}, l.hash, ${keyColumns}
from lookups l
join accounts a on a.id = l.account
left join spaces s on s.id = l.space
where l.hash = any($1)`

/** Lookups through a pool: one query for all, prepared by its name on each connection. */
export function lookups(
  pool: Pool,
): (hashes: readonly string[]) => Promise<readonly (Lookup | undefined)[]> {
  return async (hashes) => {
    const { rows } = await pool.query<[...HomeRow, hash: string, ...KeyRow]>({
      name: 'lookup',
      text,
      values: [[...new Set(hashes)]],
      rowMode: 'array',
    })
    const found = new Map(rows.map(entryOf))
    return hashes.map((hash) => found.get(hash))
  }
}

function entryOf(row: readonly [...HomeRow, hash: string, ...KeyRow]): [string, Lookup] {
  const [scopes, plan, deletedMs, active, removedMs, restored, hash, ...key] = row
  return [hash, toLookup(key, toHome([scopes, plan, deletedMs, active, removedMs, restored]))]
}
