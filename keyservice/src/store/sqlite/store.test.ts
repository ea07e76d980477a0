import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import { storeContract } from '../contract.ts'
import type { Engine } from '../contract-engine.ts'
import { endingsContract } from '../endings-contract.ts'
import { journalContract } from '../journal-contract.ts'
import { listContract } from '../list-contract.ts'
import { upkeepContract } from '../upkeep-contract.ts'
import { usageContract } from '../usage-contract.ts'
import { keysFile, usesFile } from './files.ts'
import { openSqliteStore } from './store.ts'
import { attachUses } from './uses-file.ts'

storeContract('SQLite', engine)
journalContract('SQLite', engine)
endingsContract('SQLite', engine)
listContract('SQLite', engine)
upkeepContract('SQLite', engine)
usageContract('SQLite', engine)

async function engine(): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'))
  return {
    open: () => openSqliteStore({ folder }),
    execute: async (statement) => {
      const database = new DatabaseSync(keysFile(folder))
      try {
        attachUses(database, usesFile(folder))
        return database.prepare(statement).all()
      } finally {
        database.close()
      }
    },
    async remove() {
      expectLookupsKept(folder)
      await rm(folder, { recursive: true })
    },
  }
}

/** Whatever was done to credentials and keys, what verifications read says the same. */
function expectLookupsKept(folder: string): void {
  const database = new DatabaseSync(keysFile(folder))
  const all = (from: string) => database.prepare(`select * from ${from} order by hash`).all()
  try {
    expect(all('lookups')).toEqual(all('lookup_rows'))
  } finally {
    database.close()
  }
}
