import { describe, expect, test } from 'vitest'
import { ApiError } from './api-error.ts'
import type { KubeClient } from './client.ts'
import { createFakeClock } from './fake-clock.ts'
import { readWatch } from './watch-stream.ts'

const widgets = { group: 'example.dev', version: 'v1', plural: 'widgets', namespaced: true }

/** Reads one watch whose server does as the test says. */
function open(
  serve: (feed: (text: string) => void, signal: AbortSignal) => Promise<void>,
  clock = createFakeClock(),
) {
  const stop = new AbortController()
  const events: string[] = []
  const client: Pick<KubeClient, 'watch'> = {
    watch: (_resource, { signal }, onData) =>
      serve((text) => onData(Buffer.from(text)), signal ?? new AbortController().signal),
  }
  const end = readWatch({
    client,
    resource: widgets,
    options: { query: {} },
    clock,
    signal: stop.signal,
    onBytes: () => {},
    onEvent: ({ type }) => events.push(type),
  })
  return { clock, stop, events, end }
}

const event = (type: string, object: object = { metadata: {} }) =>
  `${JSON.stringify({ type, object })}\n`

/** Never answers; ends as a call does whose caller gives up. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((_resolve, reject) => {
    if (signal.aborted) reject(new Error('aborted'))
    signal.addEventListener('abort', () => reject(new Error('aborted')))
  })

describe('a watch ends', () => {
  test('in order when the server ends it', async () => {
    const { end, events } = open(async (feed) => feed(event('ADDED') + event('BOOKMARK')))
    expect(await end).toEqual({ kind: 'ended' })
    expect(events).toEqual(['ADDED', 'BOOKMARK'])
  })

  test('when nothing has come for 90 seconds, counted from the last byte', async () => {
    const clock = createFakeClock()
    const { end, events } = open((feed, signal) => {
      clock.setTimer(60_000, () => feed(event('BOOKMARK')))
      return untilAborted(signal)
    }, clock)
    await clock.advance(149_999)
    expect(events).toEqual(['BOOKMARK'])
    let ended = false
    void end.then(() => {
      ended = true
    })
    await clock.advance(0)
    expect(ended).toBe(false)
    await clock.advance(1)
    expect(await end).toMatchObject({ kind: 'failed', reason: 'Silent' })
  })

  test('as gone at a 410, in the stream or before it', async () => {
    const inStream = open((feed, signal) => {
      feed(event('ERROR', { code: 410, reason: 'Expired' }))
      return untilAborted(signal)
    })
    expect(await inStream.end).toEqual({ kind: 'gone' })
    const facts = { reason: 'Expired', outcome: 'refused', method: 'GET', path: '/' } as const
    const before = open(async () => {
      throw new ApiError('too old', { status: 410, ...facts })
    })
    expect(await before.end).toEqual({ kind: 'gone' })
  })

  test('with the delay that the server asks for', async () => {
    const { end } = open((feed, signal) => {
      feed(
        event('ERROR', { code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 7 } }),
      )
      return untilAborted(signal)
    })
    expect(await end).toMatchObject({
      kind: 'failed',
      reason: 'TooManyRequests',
      retryAfterSeconds: 7,
    })
  })

  test('at a line that cannot be read, and nothing after it counts', async () => {
    const { end, events } = open((feed, signal) => {
      feed(`${event('ADDED')}{"type":"ADD\n${event('DELETED')}`)
      return untilAborted(signal)
    })
    expect(await end).toMatchObject({ kind: 'failed', reason: 'TornLine' })
    expect(events).toEqual(['ADDED'])
  })

  test('when its owner stops it, at once', async () => {
    const { end, stop, clock } = open((_feed, signal) => untilAborted(signal))
    stop.abort()
    expect(await end).toEqual({ kind: 'ended' })
    expect(clock.pendingTimers()).toBe(0)
  })
})
