import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { parseConfig } from './config.ts'
import { firstSteps } from './first-steps.ts'
import { presetNames } from './presets/product-settings.ts'
import { startKeyService } from './start.ts'

test.each(presetNames)('the first steps at %s work as they are printed', async (preset) => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'latchkey-first-steps-'))
  const config = parseConfig({ preset, port: 0, dataFolder })
  const service = await startKeyService(config, { log: pino({ level: 'silent' }) })
  try {
    const script = firstSteps(config, service).replaceAll(/^[A-Z].*:$/gm, '')
    const { stdout } = await promisify(execFile)('sh', ['-e', '-c', script])
    expect(stdout).toContain('"displayName":"First key"')
    expect(stdout).toContain('"credential"')
  } finally {
    await service.stop()
    await rm(dataFolder, { recursive: true })
  }
})
