import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parseConfig } from '../config.ts'
import { onPreset } from './presets.ts'
import { presetNames } from './product-settings.ts'

test.each(presetNames)('the preset %s is a whole configuration by itself', (preset) => {
  expect(parseConfig({ preset })).toMatchObject({ preset })
})

test('what a configuration says counts more than its preset: objects field by field, lists as a whole', () => {
  const merged = onPreset({
    preset: 'pulze',
    labels: { remove: 'End' },
    plans: [{ id: 'x-suite', displayName: 'X' }],
  })
  expect(merged).toMatchObject({
    labels: { remove: 'End', create: 'New API Key' },
    keys: { spaceRequired: true },
  })
  expect(merged).toHaveProperty('plans.length', 1)
})

test('no rule knows a product by its name', async () => {
  const source = resolve(import.meta.dirname, '..')
  const files = await readdir(source, { recursive: true })
  const naming = []
  for (const file of files) {
    const rule = file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('presets')
    if (
      rule &&
      /\b(pulze|pulsapi|pulseapi|sippulse|preset ===)/i.test(
        await readFile(join(source, file), 'utf8'),
      )
    ) {
      naming.push(file)
    }
  }
  expect(naming).toEqual([])
})
