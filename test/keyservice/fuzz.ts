// Every route of the key service, asked in every way that its own document allows and in many that it does not. Whatever comes
// back is held against the document; everything that breaks a law is gathered, so that one run tells it all.

import fc from 'fast-check'
import { Pool } from 'undici'
import { brokenLaws } from './answer-law.ts'
import { type ApiDocument, readDocument } from './document.ts'
import { type Made, type MadeKind, madeSoFar } from './made.ts'
import { type FuzzRequest, type Part, requestsOf } from './request-values.ts'

/** What is asked, and how often. */
export interface FuzzOptions {
  readonly url: string
  readonly adminToken: string
  readonly requests: number
  /** The same seed asks the same again. */
  readonly seed: number
}

/** What a run found. */
export interface FuzzResult {
  /** One line per law, route and status; empty when every answer kept every law. */
  readonly findings: readonly string[]
  /** `METHOD path status` of every answer of the document that was seen, with its number. */
  readonly seen: ReadonlyMap<string, number>
  /** True when a text contains a token that the run was given. */
  readonly holdsToken: (text: string) => boolean
}

/** A request as it went over the wire. */
export interface SentRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** An answer as it came. */
export interface FuzzAnswer {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

const together = 8

/** Asks, a few at a time. Throws only where the service gives no answer at all. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const document = await readDocument(options.url)
  const made = madeSoFar()
  const pool = new Pool(options.url, { connections: together, headersTimeout: 30_000 })
  const findings = new Map<string, string>()
  const seen = new Map<string, number>()
  const ask = async (request: FuzzRequest) => {
    const sent = complete(request, made, options.adminToken)
    // A connection may have ended while the request was on its way; a service that is gone gives no second answer either.
    const answer = await send(pool, sent)
      .catch(() => send(pool, sent))
      .catch((error: unknown) => {
        throw new Error(`No answer to ${told(sent)}`, { cause: error })
      })
    const name = `${request.method} ${request.path} ${answer.status}`
    seen.set(name, (seen.get(name) ?? 0) + 1)
    for (const law of brokenLaws(document, made, request, sent, answer)) {
      const where = `${name}: ${law}`
      if (!findings.has(where))
        findings.set(where, `${where}\n    ${told(sent)}\n    ${answer.text.slice(0, 300)}`)
    }
    if (answer.status === 200 || answer.status === 201) {
      if (sent.method === 'POST') made.learn(request.path, JSON.parse(answer.text))
    }
  }
  for (const request of firstRequests) await ask(request)
  const waiting = requests(document, options)
  const work = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await ask(next.value)
  }
  await Promise.all(Array.from({ length: together }, work))
  await pool.close()
  return { findings: [...findings.values()], seen, holdsToken: made.holdsToken }
}

const plain = {
  parameters: [],
  credential: { kind: 'admin' },
  contentType: 'application/json',
} as const

/**
 * What every run begins with, whatever chance brings: a key, and its rotation, so that no run ends without having been
 * behind the door.
 */
const firstRequests: readonly FuzzRequest[] = [
  {
    ...plain,
    method: 'POST',
    path: '/apikeys',
    body: { kind: 'json', value: { displayName: 'first' }, ids: [] },
  },
  {
    ...plain,
    method: 'POST',
    path: '/apikeys/{id}/rotate',
    parameters: [
      {
        of: { name: 'id', in: 'path', required: true, schema: {} },
        part: { kind: 'made', back: 0 },
      },
    ],
    body: { kind: 'json', value: {}, ids: [] },
  },
]

const part = 200

function* requests(document: ApiDocument, { requests, seed }: FuzzOptions): Generator<FuzzRequest> {
  const arbitrary = requestsOf(document)
  for (let start = 0; start < requests; start += part) {
    yield* fc.sample(arbitrary, { numRuns: Math.min(part, requests - start), seed: seed + start })
  }
}

function complete(request: FuzzRequest, made: Made, adminToken: string): SentRequest {
  let { path } = request
  const query = new URLSearchParams()
  const headers: Record<string, string> = credentialHeaders(request, made, adminToken)
  if (request.contentType !== undefined) headers['content-type'] = request.contentType
  for (const { of, part } of request.parameters) {
    const text = textOf(value(part, kindOf(of.name, request.path), made))
    if (of.in === 'path')
      path = path.replace(`{${of.name}}`, encodeURIComponent(text.toWellFormed()))
    else if (of.in === 'query') query.append(of.name, text)
    else headers[of.name] = sendable(text)
  }
  const asked = query.size === 0 ? path : `${path}?${query}`
  return { method: request.method, path: asked, headers, body: bodyText(request, made) }
}

function credentialHeaders(
  { credential }: FuzzRequest,
  made: Made,
  adminToken: string,
): Record<string, string> {
  switch (credential.kind) {
    case 'admin':
      return { authorization: `Bearer ${adminToken}` }
    case 'made':
      return { authorization: `Bearer ${made.take('token', credential.back) ?? adminToken}` }
    case 'header':
      return { ...credential.headers }
    case 'none':
      return {}
  }
}

function bodyText({ body, path }: FuzzRequest, made: Made): string | undefined {
  if (body.kind === 'none') return undefined
  if (body.kind === 'text') return body.text
  if (body.kind === 'filled') return body.byte.repeat(body.bytes)
  if (body.value === null || typeof body.value !== 'object' || Array.isArray(body.value)) {
    return JSON.stringify(body.value)
  }
  const ids = [...body.ids]
  const entries = Object.entries(body.value).map(([name, given]) => {
    const kind = bodyKinds[name]
    const part = kind === undefined ? undefined : ids.pop()
    // A chosen token must be new: that of another key would only be a conflict.
    if (kind === undefined || part === undefined || (kind === 'token' && path !== '/verify')) {
      return [name, given]
    }
    return [name, value(part, kind, made)]
  })
  return JSON.stringify(Object.fromEntries(entries))
}

const bodyKinds: Readonly<Record<string, MadeKind>> = {
  credentialId: 'credentialId',
  token: 'token',
  space: 'spaces',
  owner: 'users',
  apiKey: 'apikeys',
}

function kindOf(name: string, path: string): MadeKind {
  if (name === 'x-account-id') return 'accounts'
  if (name === 'space') return 'spaces'
  if (name === 'owner') return 'users'
  const noun = path.split('/')[1]
  return noun === 'accounts' || noun === 'spaces' || noun === 'users' ? noun : 'apikeys'
}

function value(part: Part, kind: MadeKind, made: Made): unknown {
  return part.kind === 'value' ? part.value : (made.take(kind, part.back) ?? `none-${part.back}`)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

/** HTTP clients refuse other characters themselves. */
function sendable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '?').slice(0, 4000)
}

async function send(pool: Pool, { method, path, headers, body }: SentRequest): Promise<FuzzAnswer> {
  const {
    statusCode,
    headers: back,
    body: stream,
  } = await pool.request({
    method: method as 'GET',
    path,
    headers,
    ...(body === undefined ? {} : { body }),
  })
  const contentType = String(back['content-type'] ?? '').split(';')[0] ?? ''
  if (contentType !== 'application/x-ndjson') {
    return { status: statusCode, contentType, text: await stream.text() }
  }
  // A stream need not end by itself.
  stream.on('error', () => {})
  stream.destroy()
  return { status: statusCode, contentType, text: '' }
}

function told({ method, path, headers, body }: SentRequest): string {
  const { authorization, ...others } = headers
  return `${method} ${path.slice(0, 200)} ${JSON.stringify(others)} ${body?.slice(0, 300) ?? ''}`
}
