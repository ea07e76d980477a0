import type { z } from 'zod'

/** A rule across fields, said twice: for the API server in CEL, and for everybody else as a function. */
export interface Rule<T> {
  /** CEL over `self`, evaluated by the API server. */
  readonly cel: string
  /** The sentence that a person reads from kubectl, from synth and from Terraform alike. */
  readonly message: string
  /** The same rule as a function; a test runs both on the same vectors. */
  readonly holds: (value: T) => boolean
  /** The field that the sentence is about, inside the value. */
  readonly field?: string
}

/**
 * Attaches rules to a schema. zod loses refinements when it writes a JSON schema, so each rule also travels
 * as `x-kubernetes-validations` in the schema's metadata: the CRD cannot forget what the parser checks.
 */
export function withRules<S extends z.ZodType>(schema: S, rules: readonly Rule<z.output<S>>[]): S {
  let ruled = schema
  for (const rule of rules) {
    ruled = ruled.refine(rule.holds as (value: unknown) => boolean, {
      message: rule.message,
      path: rule.field === undefined ? [] : [rule.field],
    }) as S
  }
  return ruled.meta({
    'x-kubernetes-validations': rules.map((rule) => ({
      rule: rule.cel,
      message: rule.message,
      ...(rule.field === undefined ? {} : { fieldPath: `.${rule.field}` }),
    })),
  }) as S
}

/** A list whose order means nothing and whose items are unique, for the parser and for the API server alike. */
export function asSet<S extends z.ZodType<readonly unknown[]>>(schema: S): S {
  return schema
    .refine(
      (items) => new Set(items).size === items.length,
      'names the same item twice: leave one out',
    )
    .meta({ 'x-kubernetes-list-type': 'set' }) as S
}
