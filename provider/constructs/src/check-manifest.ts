/**
 * Checks a manifest at synth, when some of its values are still tokens that Terraform fills in at apply. Core's
 * schema is asked with stand-ins in their place, and an issue counts only if no stand-in makes it go away; the
 * API server, which sees the true values, judges the rest.
 */
import { type Issue, objectName, parseFields, parseSpec } from '@latchkey/core'
import type { ApiKeyManifest } from './manifest.ts'

/** Tells whether the CDK or Terraform replaces this value after synth. */
export type IsUnresolved = (value: unknown) => boolean

// A very short and a very long duration that are names, scopes and references as well: a rule that compares
// durations fails for one of them at most, unless it fails whatever the token turns out to be. Numbered, so that
// two tokens in a set are two items.
const standIns = [
  (number: number) => `${number}s`,
  (number: number) => `${900_000 - number}h`,
] as const

/** Everything that is wrong with the manifest, in core's sentences; empty when nothing is. */
export function checkManifest(
  manifest: ApiKeyManifest,
  isUnresolved: IsUnresolved,
): readonly Issue[] {
  const unresolved = new Set<string>()
  const [first = [], ...others] = standIns.map((textOf) => {
    const met = new Map<unknown, number>()
    const filled = fill(manifest, '', (value, path) => {
      if (!isUnresolved(value)) return undefined
      unresolved.add(path)
      const number = met.get(value) ?? met.size + 1
      met.set(value, number)
      return { standIn: standInFor(value, textOf(number)) }
    })
    return findIssues(filled)
  })
  return first.filter(
    (issue) =>
      !unresolved.has(issue.path) &&
      others.every((issues) => issues.some((other) => sameIssue(issue, other))),
  )
}

function findIssues(filled: unknown): readonly Issue[] {
  const { metadata, spec } = filled as ApiKeyManifest
  const parsed = parseSpec(spec)
  return [
    ...nameIssues(metadata.name, 'metadata.name'),
    ...nameIssues(metadata.namespace, 'metadata.namespace'),
    ...(parsed.kind === 'valid' ? [] : parsed.issues),
  ]
}

function nameIssues(name: unknown, path: string): readonly Issue[] {
  const parsed = parseFields(objectName, name, path)
  return parsed.kind === 'valid' ? [] : parsed.issues
}

function sameIssue(left: Issue, right: Issue): boolean {
  return left.path === right.path && left.message === right.message
}

/** A list or a map stays one, so that the rules around it are still asked. */
function standInFor(value: unknown, text: string): unknown {
  if (Array.isArray(value)) return []
  return typeof value === 'object' && value !== null && !('resolve' in value) ? {} : text
}

/** A copy in which some values are replaced; paths are written as core's issues write them. */
function fill(
  value: unknown,
  path: string,
  replace: (value: unknown, path: string) => { readonly standIn: unknown } | undefined,
): unknown {
  const replaced = replace(value, path)
  if (replaced !== undefined) return replaced.standIn
  if (Array.isArray(value)) {
    return value.map((entry, index) => fill(entry, `${path}[${index}]`, replace))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([field, entry]) => [
      field,
      fill(entry, path === '' ? field : `${path}.${field}`, replace),
    ]),
  )
}
