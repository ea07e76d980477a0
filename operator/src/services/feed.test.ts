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
  const turns: (string | undefined)[] = []
  const options: FollowOptions = {
    feed,
    cursor: 'start',
    view,
    clock,
    log: silentLog,
    onChanged: (uid) => void news.push(uid),
    onTurn: () => void turns.push(followed.trouble()?.message),
  }
  const followed = followFeed(options)
  return { clock, view, news, turns, followed }
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
  const { clock, turns, followed } = follow(feed)
  await clock.advance(60_000)
  expect(turns).toHaveLength(1)
  expect(followed.lives()).toBe(false)
  expect(cursors).toHaveLength(1)
})

it('is in trouble when nothing was heard for a while, goes on trying, and is out of it with the first word', async () => {
  const broken = new KeyError('ServiceUnavailable', 'answered 500')
  const word: FeedEvent = { kind: 'bookmark', cursor: '8' }
  const { feed, cursors } = scripted(
    ...[[word, broken], [broken], [new SyntaxError()], [], [broken], [broken], [broken], [word]],
  )
  const { clock, turns, followed } = follow(feed)
  await clock.advance(2_000)
  expect(turns).toEqual([])
  await clock.advance(20_000)
  expect(turns).toEqual(['answered 500'])
  expect(followed.lives()).toBe(true)
  await clock.advance(60_000)
  expect(turns.slice(0, 2)).toEqual(['answered 500', undefined])
  expect(cursors.at(7)).toBe('8')
  followed.stop()
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
