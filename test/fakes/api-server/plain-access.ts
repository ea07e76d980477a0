import type { ClusterAccess } from '../../../operator/src/runtime/cluster-access.ts'

/** Access without TLS and without credentials. */
export function plainAccess(server: string): ClusterAccess {
  const headers: readonly string[] = []
  return { server, tls: () => Promise.resolve({}), headers: () => headers, refresh: () => false }
}
