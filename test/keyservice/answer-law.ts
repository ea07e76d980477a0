import { isReason, problemBody } from '@latchkey/core'
import type { ApiDocument, Operation, Parameter, Schema } from './document.ts'
import type { FuzzAnswer, SentRequest } from './fuzz.ts'
import type { Made } from './made.ts'
import type { FuzzRequest } from './request-values.ts'

/** Routes whose answer carries a token, by the operation's path. */
const carriesToken = new Set(['POST /apikeys', 'POST /apikeys/{id}/rotate'])

/** The laws that an answer breaks, each a sentence; none when all is well. */
export function* brokenLaws(
  document: ApiDocument,
  made: Made,
  request: FuzzRequest,
  sent: SentRequest,
  answer: FuzzAnswer,
): Generator<string> {
  const { status, text } = answer
  if (status >= 500) yield 'the service failed'
  if (status >= 400 && request.method !== 'HEAD') yield* brokenProblem(answer)
  if (!carriesToken.has(`${request.method} ${request.path}`) && made.holdsToken(text)) {
    yield 'the answer carries a token'
  }
  const operation = document.operations.find(
    ({ method, path }) => method === request.method && path === request.path,
  )
  if (operation === undefined) return
  const declared = operation.answers[status]
  if (declared === undefined) {
    yield `the document does not have the status ${status}`
    return
  }
  yield* misfit(document, declared, answer)
  const [schema] = Object.values(operation.body)
  if (schema !== undefined && status < 400) yield* brokenInput(document, schema, sent)
  if (schema !== undefined && status === 400) yield* unnamedField(document, schema, sent, answer)
  if (status === 400 && fits(document, operation, sent)) yield* looseDocument(answer)
}

function* misfit(
  document: ApiDocument,
  declared: Readonly<Record<string, Schema>>,
  { contentType, text }: FuzzAnswer,
): Generator<string> {
  if (Object.keys(declared).length === 0) {
    if (text !== '') yield 'there is a body where the document has none'
    return
  }
  const schema = declared[contentType]
  if (schema === undefined) {
    yield `the document does not have the content type ${contentType}`
  } else if (/^application\/(problem\+)?json$/.test(contentType)) {
    const wrong = document.misfit(schema, JSON.parse(text))
    if (wrong !== '') yield `the body does not fit the document: ${wrong}`
  }
}

/** Every refusal is a problem with a word of the closed list and a sentence. */
function* brokenProblem({ status, contentType, text }: FuzzAnswer): Generator<string> {
  if (contentType !== 'application/problem+json') {
    yield `a refusal is no problem but ${contentType}`
    return
  }
  const problem = problemBody.safeParse(JSON.parse(text))
  if (!problem.success) {
    yield 'a refusal does not have the shape of a problem'
    return
  }
  if (!isReason(problem.data.code)) yield `${problem.data.code} is not a word of the closed list`
  if (problem.data.status !== status) yield 'the problem names another status'
  const { detail, errors = [] } = problem.data
  if (!/\S \S/.test(detail)) yield 'the detail is no sentence'
  const words = [detail.replace(/^[^:]*: /, ''), ...errors.map(({ message }) => message)]
  if (words.some((said) => librarySpeech.test(said))) yield 'a library speaks in the place of ours'
}

/** How zod begins its sentences. */
const librarySpeech = /^(Invalid|Too (small|big)|Unrecognized) /

/** What is decided by more than the shape of a request: what there is, and how the service is set. */
const decidedByState = new Set([
  ...['plan', 'owner', 'space', 'token', 'confirm', 'cursor', 'idempotency-key', 'entries'],
])

/** What the document allows is not refused for its shape. */
function* looseDocument({ text }: FuzzAnswer): Generator<string> {
  const fields = problemBody.safeParse(JSON.parse(text)).data?.errors ?? []
  const loose = fields.filter(({ path }) => !decidedByState.has(path))
  if (loose.length > 0) yield `the document is looser than the check of ${loose[0]?.path}`
}

/** True when everything that was sent is as the document wants it. */
function fits(document: ApiDocument, operation: Operation, sent: SentRequest): boolean {
  const { pathname, searchParams } = new URL(sent.path, 'http://service')
  const places = operation.path.split('/')
  const inPath = pathname.split('/')
  const given = (parameter: Parameter): string | undefined => {
    if (parameter.in === 'query') return searchParams.get(parameter.name) ?? undefined
    if (parameter.in === 'header') return sent.headers[parameter.name]
    return decodeURIComponent(inPath[places.indexOf(`{${parameter.name}}`)] ?? '')
  }
  const right = operation.parameters.every((parameter) => {
    const text = given(parameter)
    if (text === undefined) return !parameter.required
    const isNumber = [parameter.schema.type].flat().includes('integer') && /^-?\d+$/.test(text)
    return document.misfit(parameter.schema, isNumber ? Number(text) : text) === ''
  })
  const [contentType, schema] = Object.entries(operation.body)[0] ?? []
  if (schema === undefined || contentType !== 'application/json') return right && !schema
  const value = json(sent.body)
  return right && value !== undefined && document.misfit(schema, value.json) === ''
}

/** What the document refuses, the service refuses. */
function* brokenInput(
  document: ApiDocument,
  schema: Schema,
  { body }: SentRequest,
): Generator<string> {
  const value = json(body)
  if (value === undefined) yield 'a body that is not JSON is taken'
  else if (document.misfit(schema, value.json) !== '') {
    yield `a body is taken that the document refuses: ${document.misfit(schema, value.json)}`
  }
}

/** A refused body is told by its fields. */
function* unnamedField(
  document: ApiDocument,
  schema: Schema,
  { body, headers }: SentRequest,
  { text }: FuzzAnswer,
): Generator<string> {
  const value = json(body)
  const isObject = typeof value?.json === 'object' && value.json !== null
  if (!isObject || document.misfit(schema, value.json) === '') return
  const problem = problemBody.safeParse(JSON.parse(text)).data
  const fields = problem?.errors ?? []
  const account = headers['x-account-id'] !== undefined || headers['idempotency-key'] !== undefined
  if (fields.length === 0 && !account) yield 'the fields that are wrong are not named'
}

/** A byte order mark may be ignored (RFC 8259, 8.1). */
function json(text: string | undefined): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse((text ?? '').replace(/^\uFEFF/, '')) }
  } catch {
    return undefined
  }
}
