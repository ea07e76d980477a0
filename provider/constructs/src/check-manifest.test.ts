import { parseSpec } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { checkManifest } from './check-manifest.ts'
import { apiKeyManifest } from './manifest.ts'

const place = { name: 'analytics', namespace: 'latchkey-demo' }
const token = '<token>'
const otherToken = '<other token>'

function check(fields: object) {
  return checkManifest(apiKeyManifest({ ...place, ...fields }), (value) =>
    [token, otherToken].includes(String(value)),
  )
}

describe('checkManifest', () => {
  it('finds nothing in a valid manifest', () => {
    expect(check({ scopes: ['readApplications'], expiration: { after: '2160h' } })).toEqual([])
  })

  it("says exactly what core's schema says", () => {
    const spec = {
      scope: ['read'],
      displayName: '',
      scopes: ['a b', 'read', ''],
      expiration: {},
      rotation: { period: '1s', gracePeriod: '1 day' },
      secret: { type: 'kubernetes.io/service-account-token' },
    }
    const parsed = parseSpec(spec)
    expect(parsed.kind).toBe('invalid')
    expect(check(spec)).toEqual(parsed.kind === 'invalid' ? parsed.issues : [])
  })

  it('checks the place as well', () => {
    expect(check({ name: 'My Key', namespace: '' }).map((issue) => issue.path)).toEqual(
      expect.arrayContaining(['metadata.name', 'metadata.namespace']),
    )
  })

  it('has no opinion on a value that is known only later', () => {
    expect(
      check({
        name: token,
        displayName: token,
        scopes: [token, otherToken],
        expiration: { after: token },
      }),
    ).toEqual([])
    expect(check({ suspend: token, deletionPolicy: token, expiration: { time: token } })).toEqual(
      [],
    )
  })

  it('has no opinion on a rule whose answer such a value decides', () => {
    expect(check({ expiration: { after: token }, rotation: { before: '48h' } })).toEqual([])
    expect(check({ expiration: { after: '48h' }, rotation: { before: token } })).toEqual([])
    expect(check({ rotation: { period: token } })).toEqual([])
  })

  it('asks the rules around a list that is known only later', () => {
    const wrong = { expiration: { after: '24h' }, rotation: { before: '48h' } }
    expect(check({ ...wrong, scopes: [token] }).map(({ path }) => path)).toEqual(['spec.rotation'])
  })

  it('finds what is wrong whatever such a value will be', () => {
    expect(check({ rotation: { before: token } }).map((issue) => issue.message)).toEqual([
      'rotation.before needs expiration.after to come before; set it or use rotation.period',
    ])
    expect(check({ scopes: [token, token] }).map(({ path }) => path)).toEqual(['spec.scopes'])
    expect(check({ displayName: token, scopes: [token, 'a b'] }).map(({ path }) => path)).toEqual([
      'spec.scopes[1]',
    ])
  })
})
