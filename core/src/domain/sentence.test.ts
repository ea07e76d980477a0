import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { apiKeySpec } from './api-key.ts'
import { clusterKeyServiceSpec, keyServiceSpec } from './key-service.ts'
import { parseFields } from './parse-fields.ts'

// Every field of a whole declaration, made wrong in every way: no person may ever read the words of the schema library.

type Fields = { readonly [field: string]: unknown }

const credentials = { keyRef: { name: 'c', key: 'k' }, secretRef: { name: 'c', key: 's' } }
const service = {
  url: 'https://keys.example.com',
  driver: 'latchkey',
  credentials,
  account: 'main',
  caBundle: '-----BEGIN CERTIFICATE-----',
  default: true,
}
const wholes: readonly { readonly name: string; readonly schema: z.ZodType; whole: Fields }[] = [
  {
    name: 'an ApiKey',
    schema: apiKeySpec,
    whole: {
      serviceRef: { kind: 'KeyService', name: 'bundled' },
      displayName: 'Billing',
      description: 'For invoices',
      account: 'main',
      space: 's',
      owner: 'u',
      scopes: ['billing:read'],
      expiration: { after: '720h' },
      rotation: { period: '24h', before: '48h', strategy: 'Rolling', gracePeriod: '1h' },
      secret: {
        name: 'billing',
        type: 'Opaque',
        labels: { team: 'a' },
        annotations: { note: 'n' },
        data: { token: '{{ token }}' },
        deletionPolicy: 'Delete',
      },
      deletionPolicy: 'Revoke',
      suspend: false,
    },
  },
  { name: 'a KeyService', schema: keyServiceSpec, whole: service },
  {
    name: 'a ClusterKeyService',
    schema: clusterKeyServiceSpec,
    whole: { ...service, secretNamespace: 'keys', namespaces: ['shop'], scopes: ['*'] },
  },
]

const wrongs: readonly unknown[] = [
  ...[undefined, null, 5, 1.5, Number.NaN, true, '', 'Not A Name!', 'x'.repeat(1_100_000)],
  ...[
    [],
    [5],
    [null],
    ['same', 'same'],
    Array.from({ length: 600 }, (_, index) => `item-${index}`),
  ],
  ...[{}, { unknown: 1 }, { key: 5 }, { 'no key!': 'x' }, { key: 'x'.repeat(20_000) }],
]

/** The whole with each of its fields, at any depth, in turn replaced by each of the wrong values. */
function* broken(whole: Fields): Generator<Fields> {
  for (const [field, value] of Object.entries(whole)) {
    for (const wrong of wrongs) yield { ...whole, [field]: wrong }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue
    for (const inner of broken({ ...value, unknown: 1 })) yield { ...whole, [field]: inner }
    for (const inner of broken(value as Fields)) yield { ...whole, [field]: inner }
  }
}

/** How zod begins its own sentences. */
const foreign = /^(invalid|too (small|big)|unrecognized|required|expected)/i
/** Words without which a sentence would not say what to do. */
const advice = /must|need|set it|leave|shorten|fill|remove|correct|choose|put it|room for|knows/

describe.each(wholes)('$name that is wrong', ({ schema, whole }) => {
  it('is whole before it is broken', () => {
    expect(parseFields(schema, whole, 'spec')).toMatchObject({ kind: 'valid' })
  })

  it('is told field by field what is wrong and what to do, in words of ours', () => {
    const told = new Set<string>()
    for (const declared of [...broken(whole), null, 5, 'text', [], { unknown: 1 }] as unknown[]) {
      const parsed = parseFields(schema, declared, 'spec')
      if (parsed.kind === 'invalid') {
        for (const { path, message } of parsed.issues) {
          expect(path).toMatch(/^spec/)
          told.add(message)
        }
      }
    }
    expect([...told].filter((message) => foreign.test(message))).toEqual([])
    expect([...told].filter((message) => !advice.test(message))).toEqual([])
    expect(told.size).toBeGreaterThan(10)
  })
})

describe('a sentence', () => {
  const messages = (declared: unknown) => {
    const parsed = parseFields(apiKeySpec, declared, 'spec')
    return parsed.kind === 'valid' ? [] : parsed.issues.map((issue) => Object.values(issue).join())
  }

  it('says how YAML would have taken it', () => {
    expect(messages({ account: 12, suspend: 'true', scopes: 'billing:read' })).toEqual([
      'spec.account,must be text, not a number: put it in quotes',
      'spec.scopes,must be a list, not text: write each item on a line of its own, after a dash',
      'spec.suspend,must be true or false, not text: leave out quotes',
    ])
  })

  it('names what may stand there', () => {
    expect(messages({ deletionPolicy: 'Keep', serviceRef: {} })).toEqual([
      'spec.serviceRef.name,is missing: set it to text',
      'spec.deletionPolicy,must be Revoke or Retain: choose one of them',
    ])
  })

  it('quotes no value', () => {
    const told = messages({ account: ['lk_secret'], displayName: 'lk_secret'.repeat(20) })
    expect(told).toHaveLength(2)
    expect(told.join()).not.toContain('lk_secret')
  })
})
