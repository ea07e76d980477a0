import { parseArgs } from 'node:util'
import { startPostgres } from '../../keyservice/src/store/postgres/test-server.ts'
import { startTestService } from '../../keyservice/src/test-service.ts'
import { fuzz } from '../keyservice/fuzz.ts'

// `npm run soak`: what `npm test` does for seconds, for as long as one likes. Ends with 1 when anything was found.

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 31)}` },
  },
})
const requests = Number(values.requests)
const seed = Number(values.seed)

const postgres = await startPostgres()
try {
  for (const databaseUrl of [undefined, await postgres.createDatabase()]) {
    const engine = databaseUrl === undefined ? 'SQLite' : 'PostgreSQL'
    const service = await startTestService(databaseUrl === undefined ? {} : { databaseUrl })
    const { url, adminToken } = service
    const { findings, holdsToken } = await fuzz({ url, adminToken, requests, seed })
    console.log(`${engine}, ${requests} requests from seed ${seed}: ${findings.length} findings`)
    for (const finding of findings) console.log(finding)
    if (holdsToken(service.logged())) console.log('A token is in the log')
    if (findings.length > 0 || holdsToken(service.logged())) process.exitCode = 1
    await service.stop()
  }
} finally {
  await postgres.stop()
}
