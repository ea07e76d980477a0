import { parseArgs } from 'node:util'
import { startPostgres } from '../../keyservice/src/store/postgres/test-server.ts'
import { startTestService } from '../../keyservice/src/test-service.ts'
import { fuzz } from '../keyservice/fuzz.ts'
import { checkModel, settingsOfModel } from '../keyservice/model-check.ts'

// `npm run soak`: what `npm test` does for seconds with always the same seed, for as long as one likes with another one. Ends with
// 1 when anything was found.

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 31)}` },
  },
})
const requests = Number(values.requests)
const runs = Number(values.runs)
const seed = Number(values.seed)

const postgres = await startPostgres()
try {
  for (const engine of ['SQLite', 'PostgreSQL'] as const) {
    const store = async () =>
      engine === 'SQLite' ? {} : { databaseUrl: await postgres.createDatabase() }
    await soakRequests(engine, await store())
    await soakModel(engine, await store())
  }
} finally {
  await postgres.stop()
}

async function soakRequests(
  engine: string,
  store: { readonly databaseUrl?: string },
): Promise<void> {
  const service = await startTestService(store)
  const { url, adminToken } = service
  const { findings, holdsToken } = await fuzz({ url, adminToken, requests, seed })
  console.log(`${engine}, ${requests} requests from seed ${seed}: ${findings.length} findings`)
  for (const finding of findings) console.log(finding)
  if (holdsToken(service.logged())) console.log('A token is in the log')
  if (findings.length > 0 || holdsToken(service.logged())) process.exitCode = 1
  await service.stop()
}

async function soakModel(engine: string, store: { readonly databaseUrl?: string }): Promise<void> {
  const service = await startTestService({ ...settingsOfModel, ...store })
  try {
    await checkModel(service, { runs, seed })
    console.log(`${engine}, ${runs} runs of the model from seed ${seed}: nothing found`)
  } catch (error) {
    console.log(error)
    process.exitCode = 1
  }
  await service.stop()
}
