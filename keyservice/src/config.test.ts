import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseConfig } from './config.ts'
import { presetNames } from './presets/product-settings.ts'

test('a configuration that was checked may be checked again, and stays as it is', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  for (const preset of presetNames) {
    const once = parseConfig({ preset, leaks: { partnerKeys: [{ identifier: 'scanner', pem }] } })
    expect(parseConfig(once)).toEqual(once)
  }
})
