import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { startKeyService } from './start.ts'

test('a stop does not wait for clients that go on asking on the connections that they have', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'latchkey-drain-'))
  const log = pino({ level: 'silent' })
  const service = await startKeyService({ port: 0, dataFolder, drainSeconds: 3600 }, { log })
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const ask = () =>
    new Promise<'Answered' | 'Refused'>((resolve) => {
      const asked = request(`${service.url}/settings`, { agent }, (answer) => {
        answer.resume().on('end', () => resolve('Answered'))
      })
      asked.on('error', () => resolve('Refused'))
      asked.end()
    })
  const clients = Array.from({ length: 4 }, async () => {
    while ((await ask()) === 'Answered');
  })
  try {
    await ask()
    await service.stop()
    await Promise.all(clients)
    expect(await ask()).toBe('Refused')
  } finally {
    agent.destroy()
    await rm(dataFolder, { recursive: true })
  }
})
