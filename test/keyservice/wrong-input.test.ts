import { problemBody } from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../keyservice/src/test-service.ts'
import { type ApiDocument, type Operation, readDocument, type Schema } from './document.ts'

// Every field of every route, wrong in every way that its schema knows: each refusal names the field and says, in words of
// the service, what to do.

let service: TestService
let document: ApiDocument
beforeAll(async () => {
  service = await startTestService()
  document = await readDocument(service.url)
})
afterAll(() => service.stop())

/** One request with one mistake in it. */
interface Mistake {
  readonly name: string
  readonly operation: Operation
  /** Where the answer must find it. */
  readonly field: string
  readonly body?: unknown
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Routes that read their bodies themselves; their own tests are in the key service. */
const raw = new Set(['POST /leaks/github', 'POST /store/reapply'])

/** Values, of which each field refuses those that do not fit it. */
const values: readonly unknown[] = [
  ...[null, true, 5, -1, 1.5, 1e300, '', ' ', 'a\u0000b', '/', 'x'.repeat(5000)],
  ...[[], [5], ['a\u0000b'], Array.from({ length: 300 }, (_, index) => `scope${index}`), {}],
  ...[{ after: 'x' }, { after: '0s' }, { after: '1h', time: '2030-01-01T00:00:00Z' }, { '': 'x' }],
  ...[{ time: 'x' }, { 'a\u0000b': 'x' }, { name: 5 }, { name: 'a\u0000b' }],
]

/** Values that fit, so that the others of a request are right. */
const right: Readonly<Record<string, unknown>> = {
  displayName: 'k',
  token: 'lk_x',
  password: 'correct horse battery',
  currentPassword: 'correct horse battery',
  owner: 'ann',
  confirm: 0,
  credentialId: 'cred-1',
  life: 'x',
}

function bodyMistakes(operation: Operation): Mistake[] {
  const [schema] = Object.values(operation.body)
  if (schema === undefined) return []
  const { properties = {}, required = [] } = schema
  const fitting = (name: string) => [name, right[name]] as const
  const named = required.length > 0 ? required : (schema.oneOf?.[0]?.required ?? [])
  const whole = Object.fromEntries(named.map(fitting))
  expect(document.misfit(schema, whole), `${operation.path}: the rest is right`).toBe('')
  const at = (field: string, body: unknown, how: string): Mistake => ({
    name: `${operation.method} ${operation.path} ${field}: ${how}`,
    operation,
    field,
    body,
  })
  return [
    ...[null, 5, 'x', []].map((body) => at('body', body, `the body is ${JSON.stringify(body)}`)),
    at('unknown', { ...whole, unknown: 1 }, 'unknown'),
    ...named.map((field) => at(field, { ...whole, [field]: undefined }, 'missing')),
    ...Object.keys(properties).flatMap((field) =>
      values
        .map((value) => ({ value, body: { ...whole, [field]: value } }))
        .filter(({ value, body }) => wrong(properties[field], value, body, schema))
        .map(({ value, body }) => at(field, body, JSON.stringify(value).slice(0, 60))),
    ),
  ]
}

/** A mistake in the field itself, and not in what it is together with others. */
function wrong(field: Schema | false | undefined, value: unknown, body: object, whole: Schema) {
  return field ? document.misfit(field, value) !== '' : document.misfit(whole, body) !== ''
}

function parameterMistakes(operation: Operation): Mistake[] {
  return operation.parameters.flatMap(({ name, in: place, schema }) =>
    values
      .filter((value) => typeof value === 'string' || typeof value === 'number')
      .map(String)
      // Of a header, HTTP itself refuses the rest; an empty path is another one.
      .filter((text) => place === 'query' || /^[ -~]+$/.test(text))
      .filter((text) => place !== 'path' || !text.includes('/'))
      .filter((text) => document.misfit(schema, numeric(schema, text)) !== '')
      .map((text): Mistake => {
        const mistake = { name: `${operation.method} ${operation.path} ${name}`, operation }
        if (place === 'header') return { ...mistake, field: name, headers: { [name]: text } }
        const encoded = encodeURIComponent(text)
        const path =
          place === 'query'
            ? `${operation.path}?${name}=${encoded}`
            : operation.path.replace(`{${name}}`, encoded)
        return { ...mistake, field: name, path }
      }),
  )
}

function numeric({ type }: Schema, text: string): unknown {
  return [type].flat().includes('integer') && text.trim() !== '' ? Number(text) : text
}

async function answerTo({ operation, path, headers = {}, body }: Mistake) {
  const [wanted] = Object.values(operation.body)
  const named = Object.fromEntries((wanted?.required ?? []).map((name) => [name, right[name]]))
  const sent = body ?? (wanted === undefined ? undefined : named)
  return service.send(operation.method, (path ?? operation.path).replace('{id}', 'some'), {
    headers,
    ...(body === null ? { body: null } : sent === undefined ? {} : { body: sent }),
  })
}

/** What zod would say, in the beginnings of its sentences. */
const librarySpeech = /^(Invalid|Too |Unrecognized|Expected)/

test('every wrong field of every route is answered with 400, its name and a sentence of ours', async () => {
  const mistakes = document.operations
    .filter(({ method, path }) => !raw.has(`${method} ${path}`))
    .flatMap((operation) => [...bodyMistakes(operation), ...parameterMistakes(operation)])
  expect(mistakes.length).toBeGreaterThan(500)
  const faults: string[] = []
  for (const mistake of mistakes) {
    const { status, body } = await answerTo(mistake)
    if (status !== 400) {
      faults.push(`${mistake.name}: ${status}`)
      continue
    }
    const { code, detail, errors = [] } = problemBody.parse(body)
    const own = errors.filter(({ path }) => `${path}.`.startsWith(`${mistake.field}.`))
    const fine =
      code === 'Invalid' &&
      own.length > 0 &&
      own.every(({ message }) => /^\p{Ll}.* /u.test(message)) &&
      errors.every(({ message }) => !librarySpeech.test(message)) &&
      errors.some(({ path, message }) => detail.startsWith(path) && detail.endsWith(message))
    if (!fine) faults.push(`${mistake.name}: ${detail} ${JSON.stringify(errors)}`)
  }
  expect(faults).toEqual([])
})

test.each([
  ['POST', '/apikeys', {}, 'displayName: must be given'],
  ['POST', '/apikeys', { displayName: 5 }, 'displayName: must be text, not a number'],
  ['POST', '/apikeys', { displayName: '' }, 'displayName: must not be empty'],
  ['POST', '/apikeys', { displayName: null }, 'displayName: must be text, not null'],
  ['POST', '/apikeys', 5, 'body: must be an object, not a number'],
  [
    ...(['POST', '/apikeys'] as const),
    { displayName: 'x'.repeat(129) },
    'displayName: must have at most 128 characters',
  ],
  ['GET', '/apikeys?limit=0', undefined, 'limit: must be at least 1'],
  ['GET', '/apikeys?limit=many', undefined, 'limit: must be a number'],
  ['GET', '/apikeys?limit=1.5', undefined, 'limit: must be a whole number'],
  [
    ...(['GET', '/apikeys?state=gone'] as const),
    undefined,
    'state: must be pending or active or disabled or expired or revoked',
  ],
  ['GET', '/apikeys?owner=a&owner=b', undefined, 'owner: must be text, not a list'],
  [
    ...(['POST', '/verify'] as const),
    { token: 'x', apiKey: 'y' },
    'token: needs either token, or apiKey together with apiSecret',
  ],
  [
    ...(['PUT', '/users/ann/login'] as const),
    { password: 'short' },
    'password: must have at least 12 characters',
  ],
  [
    ...(['GET', '/audit?from=yesterday'] as const),
    undefined,
    'from: must be an instant such as 2027-01-31T00:00:00Z',
  ],
])('%s %s %j is answered with "%s"', async (method, path, body, detail) => {
  const answer = await service.send(method, path, body === undefined ? {} : { body })
  expect(answer.body).toMatchObject({ status: 400, code: 'Invalid', detail })
})
