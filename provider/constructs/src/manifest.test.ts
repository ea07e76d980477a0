import { apiKeySpec } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { apiKeyManifest } from './manifest.ts'

const place = { name: 'analytics', namespace: 'latchkey-demo' }

describe('apiKeyManifest', () => {
  it('says nothing for a person who said nothing', () => {
    expect(apiKeyManifest(place)).toEqual({
      apiVersion: 'latchkey.dev/v1alpha1',
      kind: 'ApiKey',
      metadata: place,
      spec: {},
    })
  })

  it('says a default that the person said', () => {
    expect(apiKeyManifest({ ...place, deletionPolicy: 'Revoke' }).spec).toEqual({
      deletionPolicy: 'Revoke',
    })
  })

  it('leaves out what is undefined, at any depth', () => {
    const unsaid: Record<string, undefined> = { period: undefined }
    const { spec } = apiKeyManifest({ ...place, rotation: { before: '24h', ...unsaid } })
    expect(Object.keys(spec.rotation ?? {})).toEqual(['before'])
  })

  it('writes the same text however its fields were ordered', () => {
    const fields = { suspend: true, scopes: ['read'], displayName: 'Analytics', owner: 'ada' }
    const reversed = Object.fromEntries(Object.entries(fields).reverse())
    expect(JSON.stringify(apiKeyManifest({ ...reversed, ...place }))).toBe(
      JSON.stringify(apiKeyManifest({ ...place, ...fields })),
    )
  })

  it('passes every field of the spec on', () => {
    const fields = Object.fromEntries(Object.keys(apiKeySpec.shape).map((field) => [field, field]))
    expect(apiKeyManifest({ ...place, ...fields }).spec).toEqual(fields)
  })

  it('passes an unknown field on for the checks to refuse', () => {
    const misspelt = { scope: ['read'] }
    expect(apiKeyManifest({ ...place, ...misspelt }).spec).toEqual(misspelt)
  })
})
