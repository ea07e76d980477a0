import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Issue, KeyError } from '@latchkey/core'
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

test('every wrong setting is told by its name, in words that say what to do', () => {
  const wrongs = [
    null,
    5,
    'x',
    '',
    true,
    [],
    [5],
    [{ unknown: 1 }],
    { unknown: 1 },
    { seconds: 'x' },
  ]
  const told = Object.keys(keyServiceConfig.shape).flatMap((name) =>
    wrongs.flatMap((wrong) => issuesOf({ [name]: wrong }).map((issue) => ({ ...issue, name }))),
  )
  expect(told.length).toBeGreaterThan(100)
  const elsewhere = told.filter(({ path, name }) => path !== '' && !path.startsWith(name))
  expect(elsewhere.map(({ path }) => path)).toEqual(['defaultPlan'])
  expect(told.filter(({ message }) => !/^\p{Ll}.* /u.test(message))).toEqual([])
  expect(issuesOf({ port: 'seven' })).toEqual([
    { path: 'port', message: 'must be a number: correct it' },
  ])
})

function issuesOf(settings: object): readonly Issue[] {
  try {
    parseConfig(settings)
    return []
  } catch (error) {
    if (error instanceof KeyError) return error.issues
    throw error
  }
}

test('the documentation shows every setting with its default', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/keyservice.md'), 'utf8')
  const [, shown = ''] = /## Everything that can be set.*?```yaml\n(.*?)```/s.exec(page) ?? []
  expect(parseConfig(parse(shown))).toEqual(parseConfig({}))
  for (const name of Object.keys(keyServiceConfig.shape)) {
    expect(shown).toMatch(new RegExp(`^(# )?${name}:`, 'm'))
  }
})
