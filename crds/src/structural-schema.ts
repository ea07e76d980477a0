// zod to structural schema. The walk is our own, not `z.toJSONSchema`: a JSON schema silently loses what the API
// server would then not enforce (refinements, flags of expressions, transforms), and here each such loss is an error.

import type { z } from 'zod'
import { checksOf } from './checks.ts'
import { withMetadata } from './metadata.ts'
import { numberKeywords } from './number-keywords.ts'
import { stringKeywords } from './string-keywords.ts'
import { Unenforceable } from './unenforceable.ts'

/** A schema as a CRD wants it: every node has a type, and it says nothing that the API server ignores. */
export interface StructuralSchema {
  readonly [keyword: string]: unknown
}

const instead: Readonly<Record<string, string>> = {
  union: 'write one object with optional fields and a rule that says which belong together',
  tuple: 'write an object with named fields',
  unknown: 'name the fields',
  any: 'name the fields',
  lazy: 'the API server knows no recursion; write the levels out',
  nullable: 'make it optional',
  pipe: 'the API server stores what was written; parse it where it is read',
  transform: 'the API server stores what was written; parse it where it is read',
}

/**
 * The structural schema that accepts and refuses what the zod schema does.
 *
 * @throws Unenforceable with the place, what would be lost, and what to write instead.
 */
export function structuralSchema(schema: z.core.$ZodType, path: string): StructuralSchema {
  const { def } = (schema as z.core.$ZodTypes)._zod
  const node = (keywords: StructuralSchema) => withMetadata(schema, keywords, path)
  switch (def.type) {
    case 'optional':
      return node(structuralSchema(def.innerType, path))
    case 'default':
      return node({ ...structuralSchema(def.innerType, path), default: def.defaultValue })
    case 'string':
      return node(stringKeywords(def, path))
    case 'number':
      return node(numberKeywords(def, path))
    case 'boolean':
      return node({ type: 'boolean' })
    case 'enum':
      return node({ type: 'string', enum: Object.values(def.entries) })
    case 'array':
      return node({
        type: 'array',
        items: structuralSchema(def.element, `${path}[]`),
        ...itemBounds(def, path),
      })
    case 'record':
      return node(recordKeywords(def, path))
    case 'object':
      return node(objectKeywords(def, path))
    default:
      throw new Unenforceable(
        path,
        `a ${def.type} has no structural schema`,
        instead[def.type] ?? 'describe it with objects, lists and scalars',
      )
  }
}

function objectKeywords(def: z.core.$ZodObjectDef, path: string): StructuralSchema {
  if (def.catchall !== undefined && def.catchall._zod.def.type !== 'never') {
    throw new Unenforceable(path, 'an open object keeps fields nobody checks', 'name the fields')
  }
  const fields = Object.entries(def.shape)
  const required = fields
    .filter(([, field]) => field._zod.optin === undefined)
    .map(([name]) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(
      fields.map(([name, field]) => [name, structuralSchema(field, `${path}.${name}`)]),
    ),
    ...(required.length === 0 ? {} : { required }),
  }
}

function recordKeywords(def: z.core.$ZodRecordDef, path: string): StructuralSchema {
  const key = def.keyType._zod.def
  if (key.type !== 'string' || 'format' in key || (key.checks ?? []).length > 0) {
    throw new Unenforceable(
      path,
      'a CRD has no constraints on the keys of a map',
      'use plain string keys and a rule with self.all(key, …)',
    )
  }
  return {
    type: 'object',
    additionalProperties: structuralSchema(def.valueType, `${path}{}`),
  }
}

function itemBounds(def: z.core.$ZodArrayDef, path: string): StructuralSchema {
  const bounds: Record<string, number> = {}
  for (const check of checksOf(def)) {
    if (check.check === 'min_length') bounds.minItems = check.minimum
    else if (check.check === 'max_length') bounds.maxItems = check.maximum
    else if (check.check !== 'custom') {
      throw new Unenforceable(path, `the check ${check.check} would be lost`, 'write a rule')
    }
  }
  return bounds
}
