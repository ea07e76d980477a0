import { z } from 'zod'

/**
 * One named right of a key, in the key service's own spelling (`readApplications`, `billing:read`). Latchkey
 * does not know which rights exist; the service does.
 */
export const scope = z
  .string()
  .min(1)
  .max(128)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/*-]*$/,
    'must be a scope such as readApplications or billing:read',
  )

/** A set of scopes: order means nothing, so it is sorted once here and compared by value everywhere. */
export function scopeSet(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)].sort()
}

/** True when both name the same rights. */
export function sameScopes(left: readonly string[], right: readonly string[]): boolean {
  const a = scopeSet(left)
  const b = scopeSet(right)
  return a.length === b.length && a.every((scope, index) => scope === b[index])
}
