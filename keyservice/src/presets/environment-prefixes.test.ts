import { expect, test } from 'vitest'
import { type KeyServiceConfigInput, parseConfig } from '../config.ts'
import { environmentPrefixes } from './environment-prefixes.ts'

const prefixes = (input: KeyServiceConfigInput) => environmentPrefixes(parseConfig(input))

test('in production tokens have the plain prefixes', () => {
  expect(prefixes({})).toEqual({ prefix: 'lk_', secretPrefix: 'lks_' })
})

test('P21: in every other environment its name is in the prefix, a mistyped one too', () => {
  const inStaging = { prefix: 'lk_staging_', secretPrefix: 'lks_staging_' }
  expect(prefixes({ environment: 'staging' })).toEqual(inStaging)
  expect(prefixes({ environment: 'Prodction 2' })).toMatchObject({ prefix: 'lk_prodction2_' })
  expect(prefixes({ environment: 'ÄÖ' })).toMatchObject({ prefix: 'lk_other_' })
})

test('P21: what is set for an environment counts, and what is not set beside it stays plain', () => {
  const development = { preset: 'pulze', environment: 'development' } as const
  expect(prefixes(development)).toEqual({ prefix: 'pk_dev_', secretPrefix: 'lks_' })
})
