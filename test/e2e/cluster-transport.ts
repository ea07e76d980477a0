import { loadClusterAccess } from '../../operator/src/runtime/kubeconfig.ts'
import { createTransport, type Transport } from '../../operator/src/runtime/transport.ts'
import type { TestCluster } from './cluster.ts'

/** The operator's transport to a test cluster, as its administrator. Close it before the cluster stops. */
export function clusterTransport(cluster: Pick<TestCluster, 'kubeconfigPath'>): Transport {
  return createTransport(
    loadClusterAccess({ path: cluster.kubeconfigPath, env: {}, userAgent: 'tests' }),
  )
}
