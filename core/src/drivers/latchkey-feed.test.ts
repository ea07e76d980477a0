import { expect, it } from 'vitest'
import type { KeyRecord } from '../domain/key-record.ts'
import type { FeedEvent, KnowsKey } from '../domain/key-service-port.ts'
import { latchkeyFeed } from './latchkey-feed.ts'

const key = (id: string, version: number): KeyRecord => ({
  id,
  displayName: id,
  account: 'a',
  scopes: [],
  state: 'active',
  credentials: [],
  metadata: {},
  createdTime: '2026-01-01T00:00:00Z',
  version,
})

const change = (
  cursor: string,
  id: string,
  version: number,
  record: object = key(id, version),
) => ({
  type: 'Event',
  event: { cursor, subject: { kind: 'key', id, version }, key: record },
})

const gone = (cursor: string, id: string) => ({
  type: 'Event',
  event: { cursor, subject: { kind: 'key', id } },
})

/** What the feed tells of these pieces of its stream, each some lines. */
async function told(pieces: readonly (readonly object[])[], knows: KnowsKey = () => false) {
  async function* body() {
    for (const lines of pieces) {
      yield Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    }
  }
  const { follow } = latchkeyFeed({
    url: 'https://example.com',
    headers: {},
    http: {
      send: () => Promise.reject(new Error('not asked')),
      stream: async () => ({ status: 200, headers: {}, body: body() }),
      close: async () => undefined,
    },
  })
  const events: FeedEvent[] = []
  for await (const event of follow('0', new AbortController().signal, knows)) events.push(event)
  return events
}

it('tells each change with its key, and a key that is gone without', async () => {
  expect(await told([[change('1', 'k', 2), gone('2', 'l')]])).toEqual([
    { kind: 'changed', cursor: '1', keyId: 'k', record: key('k', 2) },
    { kind: 'changed', cursor: '2', keyId: 'l' },
  ])
})

it('tells of what the caller knows, and of lines it cannot read, only how far it has come', async () => {
  const knows: KnowsKey = (keyId, version) => keyId === 'own' && version <= 2
  const lines = [
    change('1', 'own', 2),
    change('2', 'own', 3),
    { type: 'Event', event: { cursor: '3', subject: { kind: 'space', id: 's' } } },
    change('4', 'k', 1, { of: 'another shape' }),
    { type: 'Bookmark', cursor: '5', time: '2026-01-01T00:00:00Z' },
    { type: 'Invented' },
  ]
  expect(await told([lines, [change('6', 'own', 1)]], knows)).toEqual([
    { kind: 'changed', cursor: '2', keyId: 'own', record: key('own', 3) },
    { kind: 'bookmark', cursor: '5' },
    { kind: 'bookmark', cursor: '6' },
  ])
})

it('ends with what the service says: Gone means to begin anew', async () => {
  const end = { type: 'Error', problem: { status: 410, detail: 'compacted' } }
  await expect(told([[end]])).rejects.toMatchObject({ reason: 'Gone' })
})
