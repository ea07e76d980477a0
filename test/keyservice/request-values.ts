// Requests for every route of the document, and for routes that it does not have: what a careless, a curious and a hostile
// caller would send.

import fc from 'fast-check'
import type { ApiDocument, Operation, Parameter, Schema } from './document.ts'
import { type Purpose, valuesOf } from './schema-values.ts'

/** A value of the request, or the place of one that only the run itself knows. */
export type Part =
  | { readonly kind: 'value'; readonly value: unknown }
  /** Something the service has made in this run: which one, counted from the newest. */
  | { readonly kind: 'made'; readonly back: number }

/** Who asks. */
export type Credential =
  | { readonly kind: 'admin' | 'none' }
  | { readonly kind: 'made'; readonly back: number }
  | { readonly kind: 'header'; readonly headers: Readonly<Record<string, string>> }

/** A request that is complete but for what the run makes. */
export interface FuzzRequest {
  readonly method: string
  /** With `{name}` where `parameters` has a value. */
  readonly path: string
  readonly parameters: readonly { readonly of: Parameter; readonly part: Part }[]
  readonly credential: Credential
  readonly contentType: string | undefined
  readonly body: FuzzBody
}

/** What is sent as the body. */
export type FuzzBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: unknown; readonly ids: readonly Part[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'filled'; readonly byte: string; readonly bytes: number }

const made = fc.nat(20).map((back): Part => ({ kind: 'made', back }))

/** Requests of all kinds: right ones, which make what others reach into, nearly right ones, and strange ones. */
export function requestsOf(document: ApiDocument): fc.Arbitrary<FuzzRequest> {
  const { operations } = document
  const each = (make: (operation: Operation) => fc.Arbitrary<FuzzRequest>) =>
    fc.oneof(...operations.map(make))
  return fc.oneof(
    { weight: 1, arbitrary: plainKey },
    { weight: 4, arbitrary: each((operation) => careful(document, operation)) },
    { weight: 8, arbitrary: each((operation) => careless(document, operation)) },
    { weight: 1, arbitrary: strange(document) },
  )
}

/** Nothing but a key: most routes need one that lives. */
const plainKey: fc.Arbitrary<FuzzRequest> = fc.record({
  method: fc.constant('POST'),
  path: fc.constant('/apikeys'),
  parameters: fc.constant([]),
  credential: fc.constant<Credential>({ kind: 'admin' }),
  contentType: fc.constant('application/json'),
  body: fc
    .record({ pending: fc.boolean(), scopes: fc.subarray(['readApiKeys', 'writeApiKeys']) })
    .map(
      (value): FuzzBody => ({ kind: 'json', value: { displayName: 'plain', ...value }, ids: [] }),
    ),
})

function careful(document: ApiDocument, operation: Operation): fc.Arbitrary<FuzzRequest> {
  const [contentType, schema] = Object.entries(operation.body)[0] ?? []
  return fc.record({
    method: fc.constant(operation.method),
    path: fc.constant(operation.path),
    parameters: fc
      .tuple(...operation.parameters.filter((each) => each.in === 'path').map(madeParameter))
      .map((parts) => parts.flat()),
    credential: fc.constant<Credential>({ kind: 'admin' }),
    contentType: fc.constant(contentType),
    body: schema === undefined ? noBody : jsonBody({ document, care: 'careful' }, schema),
  })
}

function careless(document: ApiDocument, operation: Operation): fc.Arbitrary<FuzzRequest> {
  const purpose: Purpose = { document, care: 'careless' }
  return fc.record({
    method: fc.constant(operation.method),
    path: fc.constant(operation.path),
    parameters: fc
      .tuple(...operation.parameters.map((parameter) => parameterOf(purpose, parameter)))
      .map((parts) => parts.flat()),
    credential: credentials,
    contentType: contentTypes(Object.keys(operation.body)[0]),
    body: bodyOf(purpose, operation),
  })
}

type Parameters = FuzzRequest['parameters']

function madeParameter(parameter: Parameter): fc.Arbitrary<Parameters> {
  return made.map((part) => [{ of: parameter, part }])
}

function parameterOf(purpose: Purpose, parameter: Parameter): fc.Arbitrary<Parameters> {
  const known = madeParameter(parameter)
  const invented = valuesOf(purpose, parameter.schema).map(
    (value): Parameters => [{ of: parameter, part: { kind: 'value', value } }],
  )
  if (parameter.in === 'path') {
    return fc.oneof({ weight: 12, arbitrary: known }, { weight: 1, arbitrary: invented })
  }
  if (parameter.required) return invented
  return fc.oneof(
    { weight: parameter.in === 'header' ? 12 : 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: invented },
    { weight: 1, arbitrary: known },
  )
}

const credentials: fc.Arbitrary<Credential> = fc.oneof(
  { weight: 16, arbitrary: fc.constant<Credential>({ kind: 'admin' }) },
  { weight: 3, arbitrary: fc.nat(10).map((back): Credential => ({ kind: 'made', back })) },
  { weight: 1, arbitrary: fc.constant<Credential>({ kind: 'none' }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<Readonly<Record<string, string>>>(
        { authorization: 'Bearer' },
        { authorization: 'Basic YTpi' },
        { authorization: 'Bearer a b' },
        { authorization: `Bearer ${'x'.repeat(4000)}` },
        { authorization: 'é' },
        { 'x-api-key': 'apiKey-1' },
        { 'x-api-key': 'apiKey-1', 'x-api-secret': 'lks_x' },
        { 'x-api-key': '', 'x-api-secret': '' },
      )
      .map((headers): Credential => ({ kind: 'header', headers })),
  },
)

function contentTypes(declared: string | undefined): fc.Arbitrary<string | undefined> {
  if (declared === undefined) return fc.constant(undefined)
  return fc.oneof(
    { weight: 24, arbitrary: fc.constantFrom(declared, `${declared}; charset=utf-8`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        '/',
        undefined,
      ),
    },
  )
}

const noBody = fc.constant<FuzzBody>({ kind: 'none' })

function jsonBody(purpose: Purpose, schema: Schema): fc.Arbitrary<FuzzBody> {
  return fc
    .tuple(valuesOf(purpose, schema), fc.array(made, { minLength: 2, maxLength: 4 }))
    .map(([value, ids]): FuzzBody => ({ kind: 'json', value, ids }))
}

function bodyOf(purpose: Purpose, operation: Operation): fc.Arbitrary<FuzzBody> {
  const [schema] = Object.values(operation.body)
  if (schema === undefined) return noBody
  return fc.oneof(
    { weight: 24, arbitrary: jsonBody(purpose, schema) },
    { weight: 1, arbitrary: noBody },
    {
      weight: 1,
      arbitrary: fc
        .oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom(
            '{',
            '[]',
            'null',
            '"x"',
            '1',
            '{"a":1}{',
            '\ufeff{}',
            'a=b',
            '{"__proto__":{"x":1}}',
          ),
        )
        .map((text): FuzzBody => ({ kind: 'text', text })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<FuzzBody>(
        { kind: 'filled', byte: 'x', bytes: 70_000 },
        { kind: 'filled', byte: '[', bytes: 60_000 },
        { kind: 'filled', byte: '[', bytes: 300_000 },
      ),
    },
  )
}

/** Methods and paths that the document does not have. */
function strange(document: ApiDocument): fc.Arbitrary<FuzzRequest> {
  const paths = document.operations.map(({ path }) => path.replaceAll(/\{[^}]+\}/g, 'x'))
  return fc.record({
    method: fc.constantFrom(
      'GET',
      'HEAD',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'TRACE',
      'PROPFIND',
    ),
    path: fc.oneof(
      fc.constantFrom(
        ...paths,
        ...paths.map((path) => `${path}/`),
        ...paths.map((path) => `${path}?x=1`),
      ),
      fc.constantFrom(
        '/',
        '//',
        '/..',
        '/%',
        '/%00',
        '/apikeys/%ff',
        '/apikeys/%00',
        '/docs/%2e%2e%2fserver.ts',
        `/${'x'.repeat(5000)}`,
      ),
      fc.webPath().map((path) => `/${path}`.replaceAll('//', '/')),
    ),
    parameters: fc.constant([]),
    credential: credentials,
    contentType: fc.constantFrom(undefined, 'application/json'),
    body: fc.constantFrom<FuzzBody>({ kind: 'none' }, { kind: 'text', text: '{}' }),
  })
}
