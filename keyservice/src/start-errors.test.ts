import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startKeyService } from './start.ts'

let dataFolder: string

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'latchkey-start-'))
})
afterEach(() => rm(dataFolder, { recursive: true }))

const log = pino({ level: 'silent' })

test('a port that is taken is told with the setting that changes it', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  await expect(startKeyService({ dataFolder, port }, { log })).rejects.toThrow(
    `Cannot listen on 127.0.0.1:${port} (EADDRINUSE): another program listens there; stop it, or set LATCHKEY_PORT`,
  )
  other.close()
})

test('a database that does not answer is told by its address, without the password', async () => {
  const databaseUrl = 'postgres://latchkey:open-sesame@127.0.0.1:1/keys'
  const refused = startKeyService({ dataFolder, databaseUrl }, { log })
  await expect(refused).rejects.toThrow('No connection to PostgreSQL at 127.0.0.1:1 (ECONNREFUSED)')
  await expect(refused).rejects.not.toThrow('open-sesame')
})

test('a second service on a data folder is refused with the setting that changes it, until the first has stopped', async () => {
  const first = await startKeyService({ dataFolder, port: 0 }, { log })
  await expect(startKeyService({ dataFolder, port: 0 }, { log })).rejects.toThrow(
    `Another key service runs on ${dataFolder}, perhaps that of "npm start": stop it, or set LATCHKEY_DATA`,
  )
  await first.stop()
  const next = await startKeyService({ dataFolder, port: 0 }, { log })
  await next.stop()
})

test('a start that fails leaves its data folder to the next one', async () => {
  const wrong = { dataFolder, port: 0, host: '192.0.2.1' }
  await expect(startKeyService(wrong, { log })).rejects.toThrow('Cannot listen on 192.0.2.1')
  const next = await startKeyService({ dataFolder, port: 0 }, { log })
  await next.stop()
})
