import { existsSync } from 'node:fs'
import { KeyError } from '@latchkey/core'
import { readConfig } from './config.ts'
import { firstSteps } from './first-steps.ts'
import { startKeyService } from './start.ts'

// What the service writes, the database with hashes of passwords among it, is for its owner alone.
process.umask(0o077)
try {
  const config = await readConfig(process.env)
  const service = await startKeyService(config)
  // Before anything is said: who reads that we listen may stop us at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => service.stop())
  const made = existsSync(service.adminCredentialFile)
  console.log(`
The key service listens on ${service.url}
The administrator's credential ${made ? 'lies in' : 'was made by another start of this store; it is not in'} ${service.adminCredentialFile}
The API is described on ${service.url}/docs
${made ? `\n${firstSteps(config, service)}\n` : ''}`)
} catch (error) {
  console.error(error instanceof KeyError ? error.message : error)
  process.exitCode = 1
}
