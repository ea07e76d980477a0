import type { KeyRecord } from '@latchkey/core'
import { markToMetadata } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { createKeyView } from './key-view.ts'

function key(
  id: string,
  changes: Partial<KeyRecord> & { uid?: string; revision?: number } = {},
): KeyRecord {
  const { uid = 'u', revision = 1, ...rest } = changes
  return {
    id,
    displayName: id,
    account: 'a',
    scopes: [],
    state: 'active',
    credentials: [],
    createdTime: '2026-01-01T00:00:00Z',
    version: 1,
    metadata: markToMetadata({
      cluster: 'c',
      namespace: 'n',
      name: 'x',
      uid,
      revision,
      specHash: 'h',
      cause: 'Issued',
    }),
    ...rest,
  }
}

const idsOf = (view: ReturnType<typeof createKeyView>, uid = 'u') =>
  view.keysOf(uid).map(({ record }) => record.id)

describe('key view', () => {
  it('is not complete before one list has been read to its end', () => {
    const view = createKeyView('c')
    const listing = view.begin()
    expect(view.synced()).toBe(false)
    listing.finish()
    expect(view.synced()).toBe(true)
  })

  it('ignores keys without our mark, and those of another cluster', () => {
    const view = createKeyView('c')
    view.put({ ...key('k'), metadata: {} })
    view.put({ ...key('l'), metadata: { ...key('l').metadata, 'latchkey.dev/cluster': 'other' } })
    expect(idsOf(view)).toEqual([])
  })

  it('tells which ApiKeys have to look again after a list, and no others', () => {
    const view = createKeyView('c')
    view.put(key('same'))
    view.put(key('gone', { uid: 'v' }))
    view.put(key('changed', { uid: 'w' }))
    const listing = view.begin()
    listing.add(key('same'))
    listing.add(key('changed', { uid: 'w', version: 2 }))
    listing.add(key('fresh', { uid: 'x' }))
    expect([...listing.finish()].sort()).toEqual(['v', 'w', 'x'])
    expect(idsOf(view, 'v')).toEqual([])
  })

  it('tells of a use once a day, and not of every one', () => {
    const view = createKeyView('c')
    view.put(key('k', { lastUsedTime: '2026-01-02T08:00:00Z' }))
    expect(view.put(key('k', { lastUsedTime: '2026-01-02T09:00:00Z' }))).toBeUndefined()
    expect(view.put(key('k', { lastUsedTime: '2026-01-03T01:00:00Z' }))).toBe('u')
  })

  it('keeps what was learned while a list was under way: the list is older', () => {
    const view = createKeyView('c')
    const listing = view.begin()
    view.put(key('issued-meanwhile'))
    expect(listing.finish()).toEqual([])
    expect(idsOf(view)).toEqual(['issued-meanwhile'])
  })

  it('knows what it was told and what is older, but nothing for sure while a list is under way', () => {
    const view = createKeyView('c')
    view.put(key('k', { version: 2 }))
    expect([1, 2, 3].map((version) => view.knows('k', version))).toEqual([true, true, false])
    expect(view.knows('other', 1)).toBe(false)
    const listing = view.begin()
    expect(view.knows('k', 2)).toBe(false)
    listing.add(key('l'))
    listing.finish()
    expect([view.knows('k', 2), view.knows('l', 1)]).toEqual([false, true])
    view.forget('l')
    expect(view.knows('l', 1)).toBe(false)
  })

  it('keeps of the dead keys only the newest, for its revision', () => {
    const view = createKeyView('c')
    view.put(key('first', { state: 'revoked', revision: 1 }))
    view.put(key('second', { state: 'revoked', revision: 2 }))
    expect(idsOf(view)).toEqual(['second'])
    view.put(key('third', { revision: 3 }))
    expect(idsOf(view)).toEqual(['third'])
  })
})
