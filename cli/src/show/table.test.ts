import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import type { ApiKeyObject } from '../cluster/api-key.ts'
import { apiKeyTable } from './table.ts'

const now = new Date('2026-11-21T07:00:00Z')
const colors = pc.createColors(false)
const condition = { type: 'Ready', lastTransitionTime: '2026-11-21T06:00:00Z' } as const

const billing: ApiKeyObject = {
  metadata: { namespace: 'shop', name: 'billing', generation: 1 },
  spec: {},
  status: {
    observedGeneration: 1,
    conditions: [{ ...condition, status: 'True', reason: 'Issued', message: '' }],
    current: {
      keyId: 'k1',
      credentialId: 'c1',
      preview: 'lk_Ab…9xYz',
      revision: 1,
      issuedTime: '2026-11-21T06:00:00Z',
      expirationTime: '2027-02-19T06:00:00Z',
    },
    nextRotationTime: '2026-11-21T09:30:00Z',
  },
}

describe('the table of ApiKeys', () => {
  it('shows standing, preview, end and next rotation', () => {
    const [head, row] = apiKeyTable([billing], { now, colors }).split('\n')
    expect(head).toMatch(/^APIKEY +READY +PREVIEW +EXPIRES +ROTATES$/)
    expect(row).toMatch(/^shop\/billing +Ready +lk_Ab…9xYz +in 90 days +in 3 hours$/)
  })

  it('says never of what has no end', () => {
    const { expirationTime: _, ...current } = billing.status?.current ?? {}
    const { nextRotationTime: __, ...status } = billing.status ?? {}
    const endless = { ...billing, status: { ...status, current } } as ApiKeyObject
    expect(apiKeyTable([endless], { now, colors })).toMatch(/never +never$/m)
  })

  it('gives the reason and the sentence of one that is not ready', () => {
    const status = {
      observedGeneration: 1,
      conditions: [
        {
          ...condition,
          status: 'False' as const,
          reason: 'QuotaExceeded',
          message: 'The account has 3 of 3 keys: revoke one',
        },
      ],
    }
    const text = apiKeyTable([{ ...billing, status }], { now, colors })
    expect(text).toMatch(/shop\/billing +QuotaExceeded +none/)
    expect(text).toMatch(/! shop\/billing: The account has 3 of 3 keys: revoke one$/)
  })

  it('does not call a key ready for a spec that the operator has not seen', () => {
    const changed = { ...billing, metadata: { ...billing.metadata, generation: 2 } }
    expect(apiKeyTable([changed], { now, colors })).not.toMatch(/ Ready /)
  })

  it('is ordered by name', () => {
    const other = { ...billing, metadata: { ...billing.metadata, name: 'analytics' } }
    const text = apiKeyTable([billing, other], { now, colors })
    expect(text.indexOf('shop/analytics')).toBeLessThan(text.indexOf('shop/billing'))
  })
})
