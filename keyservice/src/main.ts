import { KeyError } from '@latchkey/core'
import { readConfig } from './config.ts'
import { firstSteps } from './first-steps.ts'
import { startKeyService } from './start.ts'

try {
  const config = await readConfig(process.env)
  const service = await startKeyService(config)
  // Before anything is said: who reads that we listen may stop us at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => service.stop())
  console.log(`
The key service listens on ${service.url}
The administrator's credential lies in ${service.adminCredentialFile}
The API is described on ${service.url}/docs

${firstSteps(config, service)}
`)
} catch (error) {
  console.error(error instanceof KeyError ? error.message : error)
  process.exitCode = 1
}
