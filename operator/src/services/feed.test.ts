import {
  type ChangeFeed,
  type FeedEvent,
  KeyError,
  type KeyRecord,
  markToMetadata,
} from '@latchkey/core'
import { expect, it } from 'vitest'
import { createFakeClock } from '../runtime/fake-clock.ts'
import { silentLog } from '../runtime/log.ts'
import { type FollowOptions, followFeed } from './feed.ts'
import { createKeyView } from './key-view.ts'

function key(id: string, version: number, state: KeyRecord['state'] = 'active'): KeyRecord {
  return {
    id,
    displayName: id,
    account: 'a',
    scopes: [],
    state,
    credentials: [],
    createdTime: '2026-01-01T00:00:00Z',
    version,
    metadata: markToMetadata({
      cluster: 'c',
      namespace: 'n',
      name: 'x',
      uid: 'u',
      revision: 1,
      specHash: 'h',
      cause: 'Issued',
    }),
  }
}

const changed = (cursor: string, record: KeyRecord): FeedEvent => ({
  kind: 'changed',
  cursor,
  keyId: record.id,
  record,
})

/** A feed that plays one script per call of `follow` and then ends. */
function scripted(...scripts: readonly (readonly (FeedEvent | Error)[])[]) {
  const cursors: string[] = []
  const feed: ChangeFeed = {
    now: async () => 'start',
    async *follow(cursor) {
      cursors.push(cursor)
      for (const step of scripts[cursors.length - 1] ?? []) {
        if (step instanceof Error) throw step
        yield step
      }
    },
  }
  return { feed, cursors }
}

function follow(feed: ChangeFeed) {
  const clock = createFakeClock()
  const view = createKeyView('c')
  const news: string[] = []
  let gone = 0
  const options: FollowOptions = {
    feed,
    cursor: 'start',
    view,
    clock,
    log: silentLog,
    onChanged: (uid) => void news.push(uid),
    onGone: () => {
      gone += 1
    },
  }
  return { clock, view, news, gone: () => gone, followed: followFeed(options) }
}

it('wakes an ApiKey once for each change, and not for what is known or older', async () => {
  const { feed } = scripted([
    changed('1', key('k', 1)),
    changed('2', key('k', 1)),
    changed('3', key('k', 3, 'revoked')),
    changed('4', key('k', 2)),
  ])
  const { clock, view, news } = follow(feed)
  await clock.advance(0)
  expect(news).toEqual(['u', 'u'])
  expect(view.keysOf('u')[0]?.record.state).toBe('revoked')
})

it('takes a broken stream up again at its last cursor', async () => {
  const broken = new KeyError('ServiceUnreachable', 'away')
  const { feed, cursors } = scripted(
    [{ kind: 'bookmark', cursor: '7' }, broken],
    [broken],
    [changed('8', key('k', 1))],
  )
  const { clock, news } = follow(feed)
  await clock.advance(5_000)
  expect(cursors.slice(0, 3)).toEqual(['start', '7', '7'])
  expect(news).toEqual(['u'])
})

it('asks for a complete list when its cursor is not served any more, and rests', async () => {
  const { feed, cursors } = scripted([new KeyError('Gone', 'compacted')])
  const { clock, gone, followed } = follow(feed)
  await clock.advance(60_000)
  expect(gone()).toBe(1)
  expect(followed.lives()).toBe(false)
  expect(cursors).toHaveLength(1)
})

it('forgets a key that the service no longer has', async () => {
  const { feed } = scripted([
    changed('1', key('k', 1)),
    { kind: 'changed', cursor: '2', keyId: 'k' },
  ])
  const { clock, view, news } = follow(feed)
  await clock.advance(0)
  expect(view.keysOf('u')).toEqual([])
  expect(news).toEqual(['u', 'u'])
})
