import type { KubeObject, Resource } from '@latchkey/operator'
import { ignoreNotFound } from '../cluster/apply.ts'
import type { Cluster } from '../cluster/connect.ts'
import { operatorIdentity } from '../install/installation.ts'

const leases: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  namespaced: true,
}

interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly renewTime?: string
    readonly leaseDurationSeconds?: number
  }
}

/**
 * Throws when an operator leads in this cluster. It would see the ApiKeys go whose keys are to stay, and revoke them. One
 * that was killed counts until its Lease has run out.
 */
export async function refuseRunningOperator({ client }: Cluster, now: Date): Promise<void> {
  const { namespace } = operatorIdentity
  const name = { namespace, name: 'latchkey-operator' }
  const lease = await client.get<Lease>(leases, name).catch(ignoreNotFound)
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 0 } = lease?.spec ?? {}
  const end = Date.parse(renewTime) + leaseDurationSeconds * 1000
  if (holderIdentity === '' || !(end > now.getTime())) return
  throw new Error(
    `An operator runs in this cluster (${holderIdentity}) and would revoke the keys that are to stay. ` +
      `Stop it and try again after ${leaseDurationSeconds} s.`,
  )
}
