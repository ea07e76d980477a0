import { type ApiKeySpec, apiKeySpec } from './api-key.ts'
import type { Issue } from './key-error.ts'
import { parseFields } from './parse-fields.ts'

/** A parsed spec, or everything that is wrong with it at once. */
export type ParsedSpec =
  | { readonly kind: 'valid'; readonly spec: ApiKeySpec }
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] }

/**
 * Reads the spec of an ApiKey as YAML, HCL or a construct declared it. The API server has checked the same rules
 * from the CRD; the reconcile, synth and the previews check once more here, with the same sentences.
 */
export function parseSpec(declared: unknown): ParsedSpec {
  const parsed = parseFields(apiKeySpec, declared, 'spec')
  return parsed.kind === 'valid' ? { kind: 'valid', spec: parsed.value } : parsed
}
