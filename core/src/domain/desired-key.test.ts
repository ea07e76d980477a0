import { describe, expect, it } from 'vitest'
import { apiKeySpec } from './api-key.ts'
import { desiredKey } from './desired-key.ts'

const nameOf = (name: string, spec = {}) =>
  desiredKey(apiKeySpec.parse(spec), { cluster: 'c', namespace: 'shop', name, uid: 'u' }).wish
    .displayName

describe('the name of a key at its service', () => {
  it('is namespace and name unless the spec says otherwise', () => {
    expect(nameOf('billing')).toBe('shop/billing')
    expect(nameOf('billing', { displayName: 'Billing' })).toBe('Billing')
  })

  it('fits whatever the ApiKey is called, and no two long ones become the same', () => {
    const long = nameOf(`${'a'.repeat(252)}b`)
    const other = nameOf(`${'a'.repeat(252)}c`)
    expect(long).toHaveLength(128)
    expect(long).toMatch(/^shop\/a+-[0-9a-f]{16}$/)
    expect(other).not.toBe(long)
  })
})
