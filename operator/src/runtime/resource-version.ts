/**
 * Compares two resourceVersions of one resource: negative if `left` is older, 0 if they are the same, positive if newer;
 * undefined when they are different and not comparable (an aggregated API may use any text).
 *
 * Versions are etcd's revisions, decimal and without leading zeros, so length then text orders them at any size.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
export function compareResourceVersions(left: string, right: string): number | undefined {
  if (left === right) return 0
  if (!REVISION.test(left) || !REVISION.test(right)) return undefined
  if (left.length !== right.length) return left.length - right.length
  return left < right ? -1 : 1
}

const REVISION = /^[1-9][0-9]*$/
