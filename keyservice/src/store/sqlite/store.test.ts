import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { storeContract } from '../contract.ts'
import type { Engine } from '../contract-engine.ts'
import { endingsContract } from '../endings-contract.ts'
import { journalContract } from '../journal-contract.ts'
import { listContract } from '../list-contract.ts'
import { upkeepContract } from '../upkeep-contract.ts'
import { usageContract } from '../usage-contract.ts'
import { openSqliteStore } from './store.ts'

storeContract('SQLite', engine)
journalContract('SQLite', engine)
endingsContract('SQLite', engine)
listContract('SQLite', engine)
upkeepContract('SQLite', engine)
usageContract('SQLite', engine)

async function engine(): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'))
  return {
    open: () => openSqliteStore({ file: join(folder, 'keys.sqlite') }),
    execute: async (statement) => {
      const database = new DatabaseSync(join(folder, 'keys.sqlite'))
      try {
        return database.prepare(statement).all()
      } finally {
        database.close()
      }
    },
    remove: () => rm(folder, { recursive: true }),
  }
}
