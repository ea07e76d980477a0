import type { z } from 'zod'
import { type ApiKeySpec, apiKeySpec } from './api-key.ts'
import type { Issue } from './key-error.ts'

/** A parsed spec, or everything that is wrong with it at once. */
export type ParsedSpec =
  | { readonly kind: 'valid'; readonly spec: ApiKeySpec }
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] }

/**
 * Reads the spec of an ApiKey as YAML, HCL or a construct declared it. The API server has checked the same rules
 * from the CRD; the reconcile, synth and the previews check once more here, with the same sentences.
 */
export function parseSpec(declared: unknown): ParsedSpec {
  const result = apiKeySpec.safeParse(declared)
  return result.success
    ? { kind: 'valid', spec: result.data }
    : { kind: 'invalid', issues: result.error.issues.map((issue) => toIssue(issue, 'spec')) }
}

/** One zod issue as a dotted path and a sentence. */
export function toIssue(issue: z.core.$ZodIssue, root: string): Issue {
  const path = issue.path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part)}`),
    root,
  )
  return {
    path,
    message:
      issue.code === 'unrecognized_keys'
        ? `unknown field ${issue.keys.join(', ')}: remove it or correct its spelling`
        : issue.message,
  }
}

/** All issues in one line, for a condition or a diagnostic. */
export function describeIssues(issues: readonly Issue[]): string {
  return issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')
}
