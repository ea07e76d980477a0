import { clusterKeyServices, inUseFinalizer, keyServices, secrets } from '../names.ts'
import { isNotFound } from '../runtime/api-error.ts'
import type { KubeClient } from '../runtime/client.ts'
import type { KubeObject, ObjectName, Resource } from '../runtime/resource.ts'
import { credentialNamespace, credentialSecrets, type ServiceRecord } from './service-record.ts'

// The finalizer that keeps a KeyService and its credential alive while ApiKeys need them to be revoked: a namespace that is
// deleted takes everything at once, and without the credential no key of it could ever be revoked.

/** Keeps a service and its credential Secrets from vanishing. Nothing is written where that is so already. */
export async function holdService(client: KubeClient, record: ServiceRecord): Promise<void> {
  if (record.deleting || record.finalizers.includes(inUseFinalizer)) return
  for (const [resource, name] of heldBy(record)) await hold(client, resource, name)
}

/** Lets a service and its credential Secrets go. Safe to repeat. */
export async function releaseService(client: KubeClient, record: ServiceRecord): Promise<void> {
  for (const [resource, name] of heldBy(record)) await release(client, resource, name)
}

/** The credentials first, the service last: its finalizer tells that all of them are held. */
function heldBy(record: ServiceRecord): [Resource, ObjectName][] {
  const namespace = credentialNamespace(record)
  return [
    ...credentialSecrets(record).map((name): [Resource, ObjectName] => [
      secrets,
      { namespace, name },
    ]),
    record.kind === 'KeyService'
      ? [keyServices, { namespace: record.namespace, name: record.name }]
      : [clusterKeyServices, { name: record.name }],
  ]
}

/** An object that is missing or already going is left alone. */
async function hold(client: KubeClient, resource: Resource, name: ObjectName): Promise<void> {
  const object = await read(client, resource, name)
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return
  const finalizers = object.metadata.finalizers ?? []
  if (finalizers.includes(inUseFinalizer)) return
  await write(client, resource, name, object, [...finalizers, inUseFinalizer])
}

async function release(client: KubeClient, resource: Resource, name: ObjectName): Promise<void> {
  const object = await read(client, resource, name)
  const finalizers = object?.metadata.finalizers ?? []
  if (object === undefined || !finalizers.includes(inUseFinalizer)) return
  const left = finalizers.filter((finalizer) => finalizer !== inUseFinalizer)
  await write(client, resource, name, object, left)
}

async function read(
  client: KubeClient,
  resource: Resource,
  name: ObjectName,
): Promise<KubeObject | undefined> {
  try {
    return await client.get(resource, name, { metadataOnly: true })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function write(
  client: KubeClient,
  resource: Resource,
  name: ObjectName,
  object: KubeObject,
  finalizers: readonly string[],
): Promise<void> {
  await client
    .mergePatch(
      resource,
      name,
      { metadata: { finalizers, resourceVersion: object.metadata.resourceVersion } },
      { metadataOnly: true },
    )
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
}
