import { Client } from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { storeContract } from '../contract.ts'
import type { Engine } from '../contract-engine.ts'
import { endingsContract } from '../endings-contract.ts'
import { journalContract } from '../journal-contract.ts'
import { listContract } from '../list-contract.ts'
import { upkeepContract } from '../upkeep-contract.ts'
import { usageContract } from '../usage-contract.ts'
import { openPostgresStore } from './store.ts'
import { type PostgresServer, startPostgres } from './test-server.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

storeContract('PostgreSQL', engine)
journalContract('PostgreSQL', engine)
endingsContract('PostgreSQL', engine)
listContract('PostgreSQL', engine)
upkeepContract('PostgreSQL', engine)
usageContract('PostgreSQL', engine)

async function engine(): Promise<Engine> {
  const url = await server.createDatabase()
  return {
    open: () => openPostgresStore({ url }),
    execute: async (statement) => {
      const client = new Client({ connectionString: url })
      await client.connect()
      try {
        return (await client.query<object>(statement)).rows
      } finally {
        await client.end()
      }
    },
    remove: async () => {},
  }
}
