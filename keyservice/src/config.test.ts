import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { keyServiceConfig, parseConfig } from './config.ts'
import { presetNames } from './presets/product-settings.ts'

test('a configuration that was checked may be checked again, and stays as it is', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  for (const preset of presetNames) {
    const once = parseConfig({ preset, leaks: { partnerKeys: [{ identifier: 'scanner', pem }] } })
    expect(parseConfig(once)).toEqual(once)
  }
})

test('the documentation shows every setting with its default', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/keyservice.md'), 'utf8')
  const [, shown = ''] = /## Everything that can be set.*?```yaml\n(.*?)```/s.exec(page) ?? []
  expect(parseConfig(parse(shown))).toEqual(parseConfig({}))
  for (const name of Object.keys(keyServiceConfig.shape)) {
    expect(shown).toMatch(new RegExp(`^(# )?${name}:`, 'm'))
  }
})
