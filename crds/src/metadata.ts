import { z } from 'zod'
import { checksOf } from './checks.ts'
import { Unenforceable } from './unenforceable.ts'

/** A rule in CEL with the sentence that a person reads when it does not hold. */
export interface ValidationRule {
  readonly rule: string
  readonly message: string
  readonly fieldPath?: string
}

const known = new Set([
  'description',
  'maxProperties',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-validations',
])

/**
 * Adds what a schema's metadata says to its keywords, and insists that every refinement comes with the rule that says
 * the same to the API server: rules and refinements are counted, and a set stands for the refinement of `asSet`.
 */
export function withMetadata(
  schema: z.core.$ZodType,
  keywords: Readonly<Record<string, unknown>>,
  path: string,
): Readonly<Record<string, unknown>> {
  const metadata: Readonly<Record<string, unknown>> = z.globalRegistry.get(schema) ?? {}
  const stranger = Object.keys(metadata).find((keyword) => !known.has(keyword))
  if (stranger !== undefined) {
    throw new Unenforceable(
      path,
      `the keyword ${stranger} means nothing to the API server`,
      'drop it',
    )
  }
  const { 'x-kubernetes-validations': ownRules, ...rest } = metadata
  const rules = (ownRules ?? []) as readonly ValidationRule[]
  const refinements = checksOf(schema._zod.def).filter((check) => check.check === 'custom').length
  const said = rules.length + (metadata['x-kubernetes-list-type'] === 'set' ? 1 : 0)
  if (refinements !== said) {
    throw new Unenforceable(
      path,
      `${refinements} refinements, but ${said} of them are also said in CEL`,
      'attach them with withRules or asSet',
    )
  }
  const merged = [...validations(keywords), ...rules]
  return {
    ...keywords,
    ...rest,
    ...(merged.length === 0 ? {} : { 'x-kubernetes-validations': merged }),
  }
}

function validations(keywords: Readonly<Record<string, unknown>>): readonly ValidationRule[] {
  return (keywords['x-kubernetes-validations'] ?? []) as readonly ValidationRule[]
}
