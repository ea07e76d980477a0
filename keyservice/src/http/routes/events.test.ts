import { type EventLine, eventLine, eventListBody, issuedKeyBody } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Sent, startTestService, type TestService } from '../../test-service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService({
    events: { heartbeatSeconds: 0.05, pollSeconds: 0.02, retentionSeconds: 3600 },
  })
})
afterAll(() => service.stop())

const issue = async (body: object = {}, sent: Sent = {}) =>
  issuedKeyBody.parse(
    (await service.send('POST', '/apikeys', { body: { displayName: 'k', ...body }, ...sent })).body,
  )
const list = async (query = '', sent: Sent = {}) =>
  eventListBody.parse((await service.send('GET', `/events?${query}`, sent)).body)
const scopes = ['readApiKeys', 'writeApiKeys']

/** A stream as its client sees it; it ends with the test. */
async function watch(query = '', token = service.adminToken) {
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const response = await fetch(`${service.url}/events?watch=true&${query}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: stop.signal,
  })
  const lines = linesOf(response)
  return {
    response,
    /** The next line that is no bookmark; undefined at the end of the stream. */
    next: async () => {
      for (;;) {
        const { value, done } = await lines.next()
        if (done || value.type !== 'Bookmark') return done ? undefined : value
      }
    },
    line: async () => (await lines.next()).value,
  }
}

async function* linesOf(response: Response): AsyncGenerator<EventLine, undefined> {
  let rest = ''
  const text = response.body?.pipeThrough(new TextDecoderStream()) ?? []
  for await (const chunk of text) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) yield eventLine.parse(JSON.parse(part))
  }
}

const event = (line: EventLine | undefined) => (line?.type === 'Event' ? line.event : undefined)

describe('200', () => {
  test('a list tells each change with the record of the key, in order, and nothing secret', async () => {
    const { cursor } = await list()
    const { key, credential } = await issue({ displayName: 'first' })
    await service.send('PATCH', `/apikeys/${key.id}`, { body: { displayName: 'renamed' } })
    await service.send('DELETE', `/apikeys/${key.id}`)
    const page = await list(`cursor=${cursor}`)
    expect(page.items.map(({ action, subject }) => [action, subject.version])).toEqual([
      ['Issued', 1],
      ['Updated', 2],
      ['Revoked', 3],
    ])
    expect(page.items[2]).toMatchObject({
      subject: { kind: 'key', id: key.id },
      key: { displayName: 'renamed', state: 'revoked' },
    })
    expect(page.more).toBe(false)
    expect(JSON.stringify(page)).not.toContain(credential.token)
  })

  test('whoever goes on from any cursor that he was given misses nothing and sees nothing twice', async () => {
    const start = (await list()).cursor
    for (let index = 0; index < 5; index++) await issue()
    const whole = (await list(`cursor=${start}`)).items
    expect(whole).toHaveLength(5)
    for (const [index, { cursor }] of whole.entries()) {
      expect((await list(`cursor=${cursor}`)).items).toEqual(whole.slice(index + 1))
    }
    const paged = []
    let page = await list(`cursor=${start}&limit=2`)
    paged.push(...page.items)
    while (page.more) {
      page = await list(`cursor=${page.cursor}&limit=2`)
      paged.push(...page.items)
    }
    expect(paged).toEqual(whole)
  })

  test('without a cursor a watch begins now, and says from where', async () => {
    await issue()
    const stream = await watch()
    const first = await stream.line()
    const { key } = await issue()
    expect(first).toMatchObject({ type: 'Bookmark' })
    expect(event(await stream.next())).toMatchObject({ action: 'Issued', subject: { id: key.id } })
  })

  test('a watch from a cursor sends what happened since, then what happens', async () => {
    const { cursor } = await list()
    const { key } = await issue()
    const stream = await watch(`cursor=${cursor}`)
    expect(event(await stream.next())).toMatchObject({ action: 'Issued', key: { id: key.id } })
    await service.send('DELETE', `/apikeys/${key.id}`)
    expect(event(await stream.next())).toMatchObject({ action: 'Revoked', key: { id: key.id } })
  })

  test('a quiet stream sends bookmarks, whose cursor goes on like that of an event', async () => {
    const stream = await watch()
    await stream.line()
    const second = await stream.line()
    const { key } = await issue()
    const cursor = second?.type === 'Bookmark' ? second.cursor : 'none'
    expect((await list(`cursor=${cursor}`)).items).toMatchObject([{ subject: { id: key.id } }])
  })

  test('a caller sees the changes of his account, and one of a space those of his space', async () => {
    await service.send('POST', '/accounts', { body: { id: 'other', displayName: 'Other' } })
    const other = { headers: { 'x-account-id': 'other' } }
    await service.send('POST', '/spaces', { body: { id: 'web', displayName: 'Web' }, ...other })
    const { cursor } = await list()
    const mine = await issue({ scopes }, other)
    const bound = await issue({ scopes, space: 'web' }, other)
    await issue()
    const ids = async (token: string | undefined) =>
      (await list(`cursor=${cursor}`, { token: token ?? '' })).items.map((item) => item.subject.id)
    expect(await ids(mine.credential.token)).toEqual([mine.key.id, bound.key.id])
    expect(await ids(bound.credential.token)).toEqual([bound.key.id])
    expect((await list(`cursor=${cursor}`)).items).toHaveLength(3)
    expect((await list(`cursor=${cursor}`, other)).items).toHaveLength(2)
  })

  test('a revocation closes the streams of its key, which get nothing that came after it', async () => {
    const { key, credential } = await issue({ scopes })
    const stream = await watch('', credential.token)
    await stream.line()
    await service.send('DELETE', `/apikeys/${key.id}`)
    await issue()
    expect(await stream.next()).toMatchObject({
      type: 'Error',
      problem: { status: 401, code: 'Unauthorized' },
    })
    expect(await stream.next()).toBeUndefined()
  })

  test('a stream ends when its caller loses the right to read', async () => {
    const { key, credential } = await issue({ scopes })
    const stream = await watch('', credential.token)
    await stream.line()
    await service.send('PATCH', `/apikeys/${key.id}`, { body: { scopes: ['writeApiKeys'] } })
    expect(await stream.next()).toMatchObject({ type: 'Error', problem: { code: 'Forbidden' } })
  })

  test('a stream ends with the life of its key, though nothing happens', async () => {
    const { credential } = await issue({ scopes, expiration: { after: '10m' } })
    const stream = await watch('', credential.token)
    await stream.line()
    service.pass(600)
    expect(await stream.next()).toMatchObject({ type: 'Error', problem: { status: 401 } })
  })

  test('a stop ends the streams instead of waiting for them', async () => {
    const own = await startTestService({ drainSeconds: 60 })
    const response = await fetch(`${own.url}/events?watch=true`, {
      headers: { authorization: `Bearer ${own.adminToken}` },
    })
    const body = response.text()
    await own.stop()
    expect(eventLine.parse(JSON.parse(await body)).type).toBe('Bookmark')
  })
})

describe('400', () => {
  test('a cursor that never was one is told as such', async () => {
    expect(await service.send('GET', '/events?cursor=nonsense')).toMatchObject({
      status: 400,
      body: { code: 'Invalid', errors: [{ path: 'cursor' }] },
    })
  })
})

describe('403', () => {
  test('to follow changes needs the right to read keys', async () => {
    const { credential } = await issue({ scopes: ['writeApiKeys'] })
    for (const query of ['', '?watch=true']) {
      const answer = await service.send('GET', `/events${query}`, { token: credential.token ?? '' })
      expect(answer).toMatchObject({ status: 403, body: { code: 'Forbidden' } })
    }
  })
})

describe('410', () => {
  test('a cursor of another store, or of a future that this one has not had, is gone', async () => {
    const { cursor } = await list()
    const life = cursor.split('.')[0]
    for (const foreign of ['anotherLife.1', `${life}.999999`]) {
      for (const watched of ['false', 'true']) {
        const answer = await service.send('GET', `/events?cursor=${foreign}&watch=${watched}`)
        expect(answer).toMatchObject({ status: 410, body: { code: 'Gone' } })
      }
    }
  })

  test('a cursor before what the feed still has is gone; one with nothing behind it is not', async () => {
    const before = await list()
    await issue()
    const after = await list()
    service.pass(3601)
    expect((await service.send('GET', `/events?cursor=${before.cursor}`)).status).toBe(410)
    expect((await service.send('GET', `/events?cursor=${after.cursor}`)).status).toBe(200)
  })
})
