import type { DatabaseSync } from 'node:sqlite'
import {
  type Home,
  type HomeRow,
  homeColumns,
  type KeyRow,
  keyColumns,
  toHome,
  toLookup,
} from '../lookup-row.ts'
import type { Lookup } from '../port/lookup.ts'

const remembered = 16

interface Memory {
  readonly lookups: { readonly hash: string; readonly lookup: Lookup }[]
  readonly homes: {
    readonly account: string
    readonly space: string | null
    readonly home: Home
  }[]
}

/**
 * Lookups on one connection: one prepared statement, by primary key, and one transaction for all that came together. The
 * caller of a thousand verifications is the same one, and most keys live in a few accounts, so a few rows are remembered for
 * as long as SQLite itself says that nothing was committed since (`data_version`, asked in every transaction): what is
 * remembered is what the database would answer. They are few, and in lists: a map would make every text that it is asked
 * about a unique string first.
 */
export function lookups(
  database: DatabaseSync,
): (hashes: readonly string[]) => readonly (Lookup | undefined)[] {
  const key = database.prepare(`select ${keyColumns} from lookups l where l.hash = ?`)
  key.setReturnArrays(true)
  const home = database.prepare(`
    select ${homeColumns('restored_ms is not null')}
    from accounts a left join spaces s on s.id = ? where a.id = ?`)
  home.setReturnArrays(true)
  const begin = database.prepare('begin')
  const commit = database.prepare('commit')
  const dataVersion = database.prepare('pragma data_version')
  let memory: Memory = { lookups: [], homes: [] }
  let version: unknown

  const homeOf = (account: string, space: string | null): Home => {
    for (const known of memory.homes) {
      if (known.account === account && known.space === space) return known.home
    }
    const found = toHome(home.get(space, account) as unknown as HomeRow)
    if (memory.homes.length < remembered) memory.homes.push({ account, space, home: found })
    return found
  }
  const find = (hash: string): Lookup | undefined => {
    for (const known of memory.lookups) if (known.hash === hash) return known.lookup
    const row = key.get(hash) as unknown as KeyRow | undefined
    if (row === undefined) return undefined
    const lookup = toLookup(row, homeOf(row[9], row[10]))
    if (memory.lookups.length < remembered) memory.lookups.push({ hash, lookup })
    return lookup
  }
  const findAll = (hashes: readonly string[]) => {
    const now = dataVersion.get()?.data_version
    if (now !== version) memory = { lookups: [], homes: [] }
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
