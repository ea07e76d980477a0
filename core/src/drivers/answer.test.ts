import { describe, expect, it } from 'vitest'
import { keyRecord } from '../domain/key-record.ts'
import { connectionError, readAnswer } from './answer.ts'

const url = 'https://keys.example.com'

describe('the answer of a key service', () => {
  it('may write instants in any offset, and hold fields that we do not know', () => {
    const body = JSON.stringify({
      id: 'k',
      displayName: 'Billing',
      account: 'a',
      scopes: [],
      state: 'active',
      credentials: [],
      metadata: {},
      createdTime: '2026-01-05T01:00:00.5+01:00',
      expirationTime: '2027-01-05T00:00:00-03:00',
      version: 1,
      colour: 'blue',
    })
    const record = readAnswer(url, keyRecord, { status: 200, headers: {}, body })
    expect(Date.parse(record.createdTime)).toBe(Date.parse('2026-01-05T00:00:00.5Z'))
  })

  it('is never quoted where it has another shape, since it may hold a token', () => {
    const body = JSON.stringify({ id: 'lk_secret', state: 'lk_secret' })
    const read = () => readAnswer(url, keyRecord, { status: 200, headers: {}, body })
    expect(read).toThrow(/another shape in displayName, .*check spec\.url/)
    expect(read).not.toThrow(/lk_secret/)
  })
})

describe('a connection that cannot be made', () => {
  it('points to spec.caBundle where nobody we trust has signed the certificate', () => {
    const { message } = connectionError(url, { code: 'SELF_SIGNED_CERT_IN_CHAIN' })
    expect(message).toContain('put the certificate of its CA into spec.caBundle')
    expect(connectionError(url, { code: 'ECONNREFUSED' }).message).toContain('check spec.url')
  })
})
