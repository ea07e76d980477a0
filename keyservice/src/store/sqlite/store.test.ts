import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '../contract.ts'
import { openSqliteStore } from './store.ts'

storeContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'))
  return {
    open: () => openSqliteStore({ file: join(folder, 'keys.sqlite') }),
    remove: () => rm(folder, { recursive: true }),
  }
})
