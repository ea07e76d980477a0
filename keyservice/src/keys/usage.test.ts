import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keyListBody } from '@latchkey/core'
import { expect, onTestFinished, test } from 'vitest'
import { openStore } from '../open-store.ts'
import { startTestService } from '../test-service.ts'

test('a service on a file does not wait for the uses of one before it that was killed', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'latchkey-usage-'))
  onTestFinished(() => rm(dataFolder, { recursive: true, force: true }))
  await (await startTestService({ dataFolder })).stop()
  const killed = await openStore({ dataFolder })
  const untilMs = Date.UTC(2026, 0, 1) - 60_000
  await killed.saveUses({ scopes: [], complete: { replica: 'killed', untilMs } })
  await killed.close()
  const service = await startTestService({ dataFolder })
  onTestFinished(() => service.stop())
  const token = service.adminToken
  const { items } = keyListBody.parse((await service.send('GET', '/apikeys', { token })).body)
  expect(items[0]?.usesCompleteTime).toBe('2026-01-01T00:00:00.000Z')
})
