import { z } from 'zod'
import { KeyError } from '../domain/key-error.ts'
import { keyRecord } from '../domain/key-record.ts'
import type { ChangeFeed, FeedEvent, KnowsKey } from '../domain/key-service-port.ts'
import { answerError, connectionError, readAnswer } from './answer.ts'
import type { Http } from './http.ts'
import { jsonLines } from './json-lines.ts'
import { repeatRead } from './repeat-read.ts'

// What the driver needs of `core/src/contract/events.ts`, read leniently: a service that tells more is welcome.

const position = z.object({ cursor: z.string() })
const line = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('Event'),
    event: z.object({
      cursor: z.string(),
      subject: z.object({ kind: z.string(), id: z.string(), version: z.number().optional() }),
      // Read when it is news: most changes are the caller's own.
      key: z.unknown().optional(),
    }),
  }),
  z.object({ type: z.literal('Bookmark'), cursor: z.string() }),
  z.object({
    type: z.literal('Error'),
    problem: z.object({ status: z.number(), detail: z.string() }),
  }),
])

/** Where the feed is, and who asks. */
export interface FeedOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly http: Http
}

/** `GET /events` of the latchkey contract as a change feed. */
export function latchkeyFeed({ url, headers, http }: FeedOptions): ChangeFeed {
  return {
    async now() {
      const request = { method: 'GET', path: '/events?limit=1', headers } as const
      // A feed that fails for a moment is worth a second try: without it changes are noticed minutes later.
      return repeatRead(async () => {
        const response = await http.send(request).catch((cause: unknown) => {
          throw connectionError(url, cause)
        })
        if (absent.has(response.status)) return undefined
        if (response.status !== 200) throw answerError(url, response)
        return readAnswer(url, position, response).cursor
      })
    },

    async *follow(cursor, signal, knows) {
      const path = `/events?watch=true&cursor=${encodeURIComponent(cursor)}`
      const response = await http
        .stream({ method: 'GET', path, headers }, signal)
        .catch((cause: unknown) => {
          throw connectionError(url, cause)
        })
      if (response.status !== 200) {
        const body = await text(response.body)
        throw answerError(url, { ...response, body })
      }
      for await (const lines of jsonLines(response.body)) {
        let passed: FeedEvent | undefined
        for (const json of lines) {
          const event = toFeedEvent(url, json, knows)
          if (event?.kind === 'changed') yield event
          passed = event?.kind === 'changed' ? undefined : (event ?? passed)
        }
        if (passed !== undefined) yield passed
      }
    },
  }
}

/** No such route, not allowed, not for us: then the service is listed instead. */
const absent: ReadonlySet<number> = new Set([403, 404, 405, 501])

function toFeedEvent(url: string, json: unknown, knows: KnowsKey): FeedEvent | undefined {
  const parsed = line.safeParse(json)
  // A line of a kind that we do not know says nothing about keys.
  if (!parsed.success) return undefined
  const { data } = parsed
  if (data.type === 'Bookmark') return { kind: 'bookmark', cursor: data.cursor }
  if (data.type === 'Error') {
    const gone = data.problem.status === 410
    throw new KeyError(
      gone ? 'Gone' : 'ServiceUnavailable',
      `The change feed of ${url} ended: ${data.problem.detail}`,
    )
  }
  const { cursor, subject, key } = data.event
  const passed = { kind: 'bookmark', cursor } as const
  if (subject.kind !== 'key') return passed
  if (key === undefined) return { kind: 'changed', cursor, keyId: subject.id }
  if (subject.version !== undefined && knows(subject.id, subject.version)) return passed
  const record = keyRecord.safeParse(key).data
  return record === undefined ? passed : { kind: 'changed', cursor, keyId: subject.id, record }
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}
