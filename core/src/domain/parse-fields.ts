import type { z } from 'zod'
import type { Issue } from './key-error.ts'
import { sentence } from './sentence.ts'

/** A parsed value, or everything that is wrong with it at once. */
export type ParsedFields<T> =
  | { readonly kind: 'valid'; readonly value: T }
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] }

/**
 * Reads a value by its schema, for a person: every issue has the dotted path of its field under `root` and a sentence of
 * ours. No sentence quotes a value, so an answer that may hold a token can be read this way as well.
 */
export function parseFields<S extends z.ZodType>(
  schema: S,
  declared: unknown,
  root: string,
): ParsedFields<z.output<S>> {
  const result = schema.safeParse(declared, { error: sentence })
  return result.success
    ? { kind: 'valid', value: result.data }
    : {
        kind: 'invalid',
        issues: result.error.issues.map(({ path, message }) => ({
          path: dotted(root, path),
          message,
        })),
      }
}

function dotted(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part)}`),
    root,
  )
}

/** All issues in one line, for a condition or a diagnostic. */
export function describeIssues(issues: readonly Issue[]): string {
  return issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')
}
