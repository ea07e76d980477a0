import { afterAll, beforeAll } from 'vitest'
import { storeContract } from '../contract.ts'
import { openPostgresStore } from './store.ts'
import { type PostgresServer, startPostgres } from './test-server.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

storeContract('PostgreSQL', async () => {
  const url = await server.createDatabase()
  return { open: () => openPostgresStore({ url }), remove: async () => {} }
})
