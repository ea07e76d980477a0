import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { durationSeconds } from './duration.ts'
import { parseSpec } from './parse-spec.ts'
import { isReason } from './reason.ts'
import { Token } from './token.ts'

describe('parseSpec', () => {
  it('puts every default in', () => {
    expect(parseSpec({})).toEqual({
      kind: 'valid',
      spec: { deletionPolicy: 'Revoke', suspend: false },
    })
  })

  it('tells every issue at once, each with its path and what to do', () => {
    const parsed = parseSpec({
      scopez: ['a'],
      expiration: { after: '90d' },
      rotation: { before: '24h' },
      secret: { type: 'kubernetes.io/service-account-token' },
    })
    const issues = parsed.kind === 'invalid' ? parsed.issues : []
    expect(issues.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['spec', 'spec.expiration.after', 'spec.secret.type']),
    )
    expect(issues.find(({ path }) => path === 'spec')?.message).toContain('scopez')
    expect(issues.find(({ path }) => path === 'spec.expiration.after')?.message).toContain('2160h')
  })

  it('refuses a rotation that would never end', () => {
    const parsed = parseSpec({ expiration: { after: '24h' }, rotation: { before: '48h' } })
    expect(parsed.kind).toBe('invalid')
  })

  it('refuses a lead time before a fixed end: every successor would end then, too', () => {
    const parsed = parseSpec({
      expiration: { time: '2030-01-01T00:00:00Z' },
      rotation: { before: '48h' },
    })
    expect(parsed.kind).toBe('invalid')
  })
})

describe('small words', () => {
  it('reads durations as the API server does', () => {
    expect(durationSeconds('1h30m5s')).toBe(5405)
  })

  it('shows a token nowhere but where it is asked for', () => {
    const token = new Token('lk_secret')
    expect(`${token} ${JSON.stringify({ token })} ${inspect({ token })}`).not.toContain('lk_secret')
    expect(token.reveal()).toBe('lk_secret')
  })

  it('trusts no word of a service that is not on the list', () => {
    expect(isReason('QuotaExceeded')).toBe(true)
    expect(isReason('toString')).toBe(false)
  })
})
