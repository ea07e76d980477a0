import { KeyError } from '@latchkey/core'
import { readConfig } from './config.ts'
import { startKeyService } from './start.ts'

try {
  const service = await startKeyService(await readConfig(process.env))
  console.log(`
The key service listens on ${service.url}
The administrator's credential lies in ${service.adminCredentialFile}
The API is described on ${service.url}/docs

Issue a first key:
  curl -X POST ${service.url}/apikeys \\
    -H "authorization: Bearer $(cat ${service.adminCredentialFile})" \\
    -H 'content-type: application/json' -d '{"displayName": "First key"}'
`)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => service.stop())
} catch (error) {
  console.error(error instanceof KeyError ? error.message : error)
  process.exitCode = 1
}
