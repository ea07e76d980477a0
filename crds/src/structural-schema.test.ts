import { asSet, withRules } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { structuralSchema } from './structural-schema.ts'

const inner = z.object({ a: z.string().optional() })

describe('structuralSchema', () => {
  it('keeps fields with defaults out of the required ones and puts their default in', () => {
    const schema = z.strictObject({ a: z.string(), b: z.enum(['x', 'y']).default('x') })
    expect(structuralSchema(schema, 'spec')).toEqual({
      type: 'object',
      required: ['a'],
      properties: {
        a: { type: 'string' },
        b: { type: 'string', enum: ['x', 'y'], default: 'x' },
      },
    })
  })

  it('says a whole number without the bounds of JavaScript', () => {
    expect(structuralSchema(z.number().int().min(1).optional(), 'n')).toEqual({
      type: 'integer',
      format: 'int64',
      minimum: 1,
    })
  })

  it('turns a check that has its own sentence into a rule that says the sentence', () => {
    expect(structuralSchema(z.string().max(9).regex(/^a$/, 'must be an a'), 's')).toEqual({
      type: 'string',
      maxLength: 9,
      'x-kubernetes-validations': [{ rule: 'self.matches("^a$")', message: 'must be an a' }],
    })
  })

  it('keeps the rules of an inner schema beside a description of the outer one', () => {
    const rule = { cel: 'has(self.a)', message: 'needs a', holds: () => true, field: 'a' }
    const schema = withRules(inner, [rule]).optional().meta({ description: 'outer' })
    expect(structuralSchema(schema, 'o')).toMatchObject({
      description: 'outer',
      'x-kubernetes-validations': [{ rule: 'has(self.a)', message: 'needs a', fieldPath: '.a' }],
    })
  })

  it('lets a set stand for the refinement that its items are unique', () => {
    expect(structuralSchema(asSet(z.array(z.string()).max(3)), 'l')).toEqual({
      type: 'array',
      items: { type: 'string' },
      maxItems: 3,
      'x-kubernetes-list-type': 'set',
    })
  })

  it.each<[what: string, schema: z.ZodType, sentence: string]>([
    ['a refinement without its rule', z.string().refine(Boolean), '1 refinements, but 0 of them'],
    ['a refinement beside rules', withRules(inner, []).refine(Boolean), '1 refinements, but 0'],
    ['a flag', z.string().regex(/^a$/i), 'the flag i would be lost'],
    ['a look-ahead', z.string().regex(/^(?!a)/), 'look-around'],
    ['a look-behind', z.string().regex(/(?<=a)b/), 'look-around'],
    ['a back-reference', z.string().regex(/(a)\1/), 'back-references'],
    ['white space', z.string().regex(/\S/), 'white space means more'],
    ['two patterns', z.string().regex(/a/).regex(/b/), 'pattern twice'],
    ['a trimmed string', z.string().trim(), 'the check overwrite would be lost'],
    ['a format', z.email(), 'the format email would be lost'],
    ['base64', z.base64(), 'the format base64 would be lost'],
    ['a transform', z.string().transform(Number), 'a pipe has no structural schema'],
    ['a union', z.union([z.string(), inner]), 'a union has no structural schema'],
    [
      'a discriminated union',
      z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') })]),
      'a union has no structural schema',
    ],
    ['a tuple', z.tuple([z.string()]), 'a tuple has no structural schema'],
    ['unknown', z.unknown(), 'a unknown has no structural schema'],
    ['recursion', z.lazy(() => inner), 'a lazy has no structural schema'],
    ['null', z.string().nullable(), 'a nullable has no structural schema'],
    ['an open object', z.looseObject({}), 'an open object keeps fields nobody checks'],
    ['constraints on keys', z.record(z.string().max(3), z.string()), 'constraints on the keys'],
    ['a fraction', z.number(), 'fractions are not portable'],
    ['a multiple', z.number().int().multipleOf(2), 'the check multiple_of would be lost'],
    ['an unknown keyword', z.string().meta({ examples: ['a'] }), 'the keyword examples means'],
    ['an id', z.string().meta({ id: 'name' }), 'the keyword id means nothing'],
  ])('refuses %s and names the field', (_what, schema, sentence) => {
    const spec = z.object({ field: schema.optional() })
    expect(() => structuralSchema(spec, 'spec')).toThrow(`spec.field: `)
    expect(() => structuralSchema(spec, 'spec')).toThrow(sentence)
  })
})
