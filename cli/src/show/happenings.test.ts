import { describe, expect, it } from 'vitest'
import {
  apiKeyNews,
  decodeApiKey,
  decodeEvent,
  decodeSecret,
  eventNews,
  secretNews,
} from './happenings.ts'

const metadata = { namespace: 'shop', name: 'billing', resourceVersion: '1' }
const apiKey = (ready?: 'True' | 'False', deletionTimestamp?: string) =>
  decodeApiKey({
    metadata: { ...metadata, ...(deletionTimestamp && { deletionTimestamp }) },
    status: {
      conditions: ready
        ? [{ type: 'Ready', status: ready, reason: ready === 'True' ? 'Issued' : 'NameTaken' }]
        : [],
    },
  } as never)
const secret = (credentialId: string) =>
  decodeSecret({
    metadata: {
      ...metadata,
      annotations: {
        'latchkey.dev/credential-id': credentialId,
        'latchkey.dev/revision': '2',
      },
    },
  })
const event = (apiVersion: string, count = 1) =>
  decodeEvent({
    metadata,
    regarding: { apiVersion, kind: 'ApiKey', namespace: 'shop', name: 'billing' },
    type: 'Warning',
    reason: 'NameTaken',
    note: 'Choose another name',
    series: { count },
  } as never)
const change = <R>(kind: 'added' | 'updated' | 'deleted', record: R, previous?: R) => ({
  kind,
  key: 'shop/billing',
  record,
  previous,
  initial: false,
  written: false,
})

describe('news about an ApiKey', () => {
  it('tells when it becomes ready, and when it stops being so', () => {
    expect(apiKeyNews(change('updated', apiKey('True'), apiKey()))).toMatchObject({
      reason: 'Ready',
      tone: 'good',
    })
    expect(apiKeyNews(change('updated', apiKey('False'), apiKey('True')))).toMatchObject({
      reason: 'NameTaken',
      tone: 'bad',
    })
  })

  it('is silent about a status that says the same as before', () => {
    expect(apiKeyNews(change('updated', apiKey('True'), apiKey('True')))).toBeUndefined()
  })

  it('tells the begin and the end of a deletion', () => {
    const deleting = apiKey('True', '2026-11-21T07:00:00Z')
    expect(apiKeyNews(change('updated', deleting, apiKey('True')))?.reason).toBe('Deleting')
    expect(apiKeyNews(change('deleted', deleting))?.reason).toBe('Gone')
  })
})

describe('news about a Secret', () => {
  it('tells another token, and nothing of other changes', () => {
    expect(secretNews(change('updated', secret('c2'), secret('c1')))).toMatchObject({
      reason: 'Replaced',
      note: 'holds the token of revision 2',
    })
    expect(secretNews(change('updated', secret('c2'), secret('c2')))).toBeUndefined()
  })

  it("leaves out the operator's own, which holds no token", () => {
    expect(secretNews(change('added', decodeSecret({ metadata })))).toBeUndefined()
  })
})

describe('Events', () => {
  it('are told again when they happen again', () => {
    const once = event('latchkey.dev/v1alpha1')
    const twice = event('latchkey.dev/v1alpha1', 2)
    expect(eventNews(change('added', once))).toMatchObject({ tone: 'bad', name: 'shop/billing' })
    expect(eventNews(change('updated', twice, once))?.note).toBe('Choose another name')
    expect(eventNews(change('updated', once, once))).toBeUndefined()
  })

  it('about the objects of others are none of ours', () => {
    expect(eventNews(change('added', event('apps/v1')))).toBeUndefined()
  })
})
