import {
  clusterKeyServices,
  type KubeClient,
  type KubeObject,
  keyServices,
  secrets,
} from '@latchkey/operator'
import { ignoreNotFound } from '../cluster/apply.ts'
import { listAll } from '../cluster/list-all.ts'
import { type Patience, until } from '../cluster/until.ts'
import { dropInUse } from './let-go.ts'

/**
 * Deletes every KeyService and ClusterKeyService once no ApiKey is left. An operator lets them and their credentials go by
 * itself; what it has not let go when patience ends, or when there is none, is let go here: nothing needs it any more.
 */
export async function removeKeyServices(client: KubeClient, patience: Patience): Promise<number> {
  const kinds = [keyServices, clusterKeyServices]
  const list = async () =>
    Promise.all(
      kinds.map(async (resource) => ({
        resource,
        services: await listAll<KubeObject>(client, resource),
      })),
    )
  const present = await list()
  for (const { resource, services } of present) {
    for (const { metadata } of services) {
      const { namespace, name = '' } = metadata
      await client.delete(resource, { namespace, name }).catch(ignoreNotFound)
    }
  }
  await until(patience, async () => {
    const left = await list()
    return left.every(({ services }) => services.length === 0) || undefined
  })
  for (const { resource, services } of await list()) {
    for (const service of services) await dropInUse(client, resource, service)
  }
  for (const secret of await listAll<KubeObject>(client, secrets, { metadataOnly: true })) {
    await dropInUse(client, secrets, secret)
  }
  return present.reduce((count, { services }) => count + services.length, 0)
}
