// Values for a JSON schema: mostly such as it asks for, at the edges of what it allows, and now and then broken.

import fc from 'fast-check'
import type { ApiDocument, Schema } from './document.ts'

/** What has broken services before: empty, huge, other types, characters that databases and paths trip over. */
const broken: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      '',
      ' ',
      '\u0000',
      'x\u0000y',
      '\ud800',
      '💥',
      '%',
      '%00',
      '../..',
      "' or 1=1 --",
      '\r\nx: y',
    ],
    ...[null, true, -1, 0, 0.5, 1e308, Number.MAX_SAFE_INTEGER + 2, [], [[]], {}, [null]],
    ...['__proto__', 'constructor', 'NaN', '1e999', 'x'.repeat(10_000)],
  ),
  fc.string({ unit: 'binary' }),
  fc.jsonValue({ maxDepth: 2 }),
)

/** What the values are for. */
export interface Purpose {
  readonly document: ApiDocument
  /** Careful values fit; among careless ones chance breaks some. */
  readonly care: 'careful' | 'careless'
}

/** Values for a schema. */
export function valuesOf(purpose: Purpose, schema: Schema): fc.Arbitrary<unknown> {
  const fits = fitting(purpose, schema)
  if (purpose.care === 'careful') return fits
  return fc.oneof({ weight: 24, arbitrary: fits }, { weight: 1, arbitrary: broken })
}

function fitting(purpose: Purpose, given: Schema): fc.Arbitrary<unknown> {
  const schema = purpose.document.resolve(given)
  if (schema.oneOf !== undefined && schema.properties !== undefined) {
    return fc.oneof(...schema.oneOf.map((branch) => fitting(purpose, narrowed(schema, branch))))
  }
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) {
    return fc.oneof(...choices.map((choice) => valuesOf(purpose, choice)))
  }
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const types = [schema.type ?? 'object'].flat()
  return fc.oneof(...types.map((type) => ofType(purpose, schema, type)))
}

/** A schema of which one branch says more: what is required, what is left out, and what a value must be besides. */
function narrowed({ oneOf: _, ...schema }: Schema, branch: Schema): Schema {
  const { properties = {}, required = [] } = schema
  return {
    ...schema,
    type: branch.type ?? 'object',
    required: [...required, ...(branch.required ?? [])],
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, value]) => {
        const more = branch.properties?.[name] ?? {}
        return [name, value === false || more === false ? false : { ...value, allOf: [more] }]
      }),
    ),
  }
}

function ofType(purpose: Purpose, schema: Schema, type: string): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return texts(purpose, schema)
    case 'integer':
    case 'number':
      return numbers(purpose, schema)
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(valuesOf(purpose, schema.items ?? {}), { maxLength: 4 })
    default:
      return objects(purpose, schema)
  }
}

function objects(purpose: Purpose, schema: Schema): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema
  // Most optional fields are left out, or hardly a request would be right as a whole.
  const field = (name: string, value: Schema) =>
    required.includes(name)
      ? valuesOf(purpose, value)
      : fc.oneof(
          { weight: 3, arbitrary: fc.constant(undefined) },
          { weight: 1, arbitrary: valuesOf(purpose, value) },
        )
  const known = fc.record(
    Object.fromEntries(
      Object.entries(properties).flatMap(([name, value]) =>
        value === false ? [] : [[name, field(name, value)]],
      ),
    ),
  )
  if (typeof additionalProperties === 'object') {
    const names = texts(purpose, schema.propertyNames ?? {})
    return fc.dictionary(names, valuesOf(purpose, additionalProperties), { maxKeys: 4 })
  }
  if (purpose.care === 'careful') return known
  const strange = fc.tuple(known, fc.string(), fc.jsonValue()).map(([value, name, more]) => ({
    ...value,
    [name]: more,
  }))
  const incomplete = fc.tuple(known, fc.nat()).map(([value, index]) => {
    const left = Object.entries(value as object)
    left.splice(index % (left.length + 1), 1)
    return Object.fromEntries(left)
  })
  return fc.oneof(
    { weight: 16, arbitrary: known },
    { weight: 1, arbitrary: strange },
    { weight: 1, arbitrary: incomplete },
  )
}

function numbers(
  { care }: Purpose,
  { minimum = -10, maximum = 1_000_000 }: Schema,
): fc.Arbitrary<number> {
  const within = fc.integer({ min: minimum, max: maximum })
  if (care === 'careful') return within
  return fc.oneof(within, fc.constantFrom(minimum, maximum, minimum - 1, maximum + 1))
}

function texts({ care }: Purpose, schema: Schema): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = 200, pattern, format } = schema
  if (care === 'careful') return rightTexts(schema)
  if (format === 'date-time') {
    return fc.constantFrom(
      ...['2030-01-01T00:00:00Z', '2030-01-01T00:00:00+02:00', '9999-12-31T23:59:59.999Z'],
      ...['0000-01-01T00:00:00Z', '2026-02-30T00:00:00Z', '2030-01-01', '2030-13-01T00:00:00Z'],
    )
  }
  if (format === 'uri') return fc.constantFrom('https://example.com/a.png', 'urn:x', 'x')
  if (format === 'ipv4') return fc.oneof(fc.ipV4(), fc.constantFrom('1.2.3', '256.0.0.1', '::1'))
  if (format === 'ipv6') return fc.oneof(fc.ipV6(), fc.constantFrom('::1%eth0', ':::', '[::1]'))
  if (pattern !== undefined && pattern !== anyText) {
    return fc.oneof(
      { weight: 6, arbitrary: fc.stringMatching(new RegExp(pattern), { size: 'small' }) },
      { weight: 1, arbitrary: fc.constantFrom('9'.repeat(40), '720h', '99999999999h', '0s', 'a') },
    )
  }
  const edge = [minLength, maxLength, Math.max(0, minLength - 1), maxLength + 1]
  return fc.oneof(
    { weight: 8, arbitrary: fc.string({ minLength, maxLength: Math.min(maxLength, 20) }) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', minLength, maxLength: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom(...edge.map((length) => 'é'.repeat(length))) },
  )
}

/** Whatever a store can keep: as good as no pattern. */
const anyText = '^[^\\0]*$'

function rightTexts({ minLength = 0, maxLength = 200, pattern, format, allOf = [] }: Schema) {
  if (format === 'date-time') return fc.constantFrom('2030-01-01T00:00:00Z', '2031-02-03T04:05:06Z')
  if (format === 'uri') return fc.constant('https://example.com/a.png')
  if (format === 'ipv4') return fc.ipV4()
  if (format === 'ipv6') return fc.ipV6()
  if (pattern === undefined || pattern === anyText) {
    return fc.string({ minLength, maxLength: Math.min(maxLength, 40) })
  }
  const besides = allOf.flatMap((more) => (more.pattern === undefined ? [] : [more.pattern]))
  return fc
    .stringMatching(new RegExp(pattern), { size: 'small' })
    .filter(({ length }) => length >= minLength && length <= maxLength)
    .filter((text) => besides.every((more) => new RegExp(more).test(text)))
}
