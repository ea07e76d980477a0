import { join } from 'node:path'
import { findControlPlane } from '@latchkey/controlplane'
import { type Cluster, connect, serverVersion } from '../cluster/connect.ts'
import type { Session } from '../session.ts'
import { linkKubectl } from './control-plane.ts'

/** A cluster that somebody else runs. Only the connection is made; nothing is changed. */
export async function existingCluster(session: Session, kubeconfig: string): Promise<Cluster> {
  return session.steps('Connecting to the cluster', async (report) => {
    const cluster = session.running.use(connect(kubeconfig))
    report.done(`Kubernetes ${await serverVersion(cluster)} on ${cluster.server}`)
    const programs = await findControlPlane()
    if (programs) await linkKubectl(session.folder.bin, join(programs.binDir, 'kubectl'))
    return cluster
  })
}
