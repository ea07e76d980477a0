import { clusterKeyServices, inUseFinalizer, keyServices, secrets } from '../names.ts'
import { isNotFound } from '../runtime/api-error.ts'
import type { KubeClient } from '../runtime/client.ts'
import type { KubeObject, ObjectName, Resource } from '../runtime/resource.ts'
import { credentialNamespace, credentialSecrets, type ServiceRecord } from './service-record.ts'

// The finalizer that keeps a KeyService and its credential alive while ApiKeys need them to be revoked: a namespace that is
// deleted takes everything at once, and without the credential no key of it could ever be revoked.

/**
 * Keeps a service and its credential Secrets from vanishing. Nothing is written where that is so already. The Secrets are
 * looked at each time: one may have been made after its service, or anew.
 */
export async function holdService(client: KubeClient, record: ServiceRecord): Promise<void> {
  if (record.deleting) return
  for (const name of heldSecrets(record)) await hold(client, secrets, name)
  if (record.finalizers.includes(inUseFinalizer)) return
  await hold(client, ...objectOf(record))
}

/** Lets a service go, and those of its credential Secrets that none of the others names. Safe to repeat. */
export async function releaseService(
  client: KubeClient,
  record: ServiceRecord,
  others: Iterable<ServiceRecord>,
): Promise<void> {
  await releaseSecrets(client, record, others)
  await release(client, ...objectOf(record))
}

/**
 * Lets every Secret go that was held for a service, also under an earlier spec of it, and that none of these services
 * names. Safe to repeat.
 */
export async function releaseSecrets(
  client: KubeClient,
  record: ServiceRecord,
  services: Iterable<ServiceRecord>,
): Promise<void> {
  const namespace = credentialNamespace(record)
  const needed = new Set([...services].flatMap(heldSecrets).map(itemOf))
  const held: ObjectName[] = []
  for await (const { metadata } of client.list(secrets, { namespace, metadataOnly: true })) {
    if (metadata.finalizers?.includes(inUseFinalizer))
      held.push({ namespace, name: metadata.name ?? '' })
  }
  for (const name of held) {
    if (!needed.has(itemOf(name))) await release(client, secrets, name)
  }
}

function heldSecrets(record: ServiceRecord): ObjectName[] {
  const namespace = credentialNamespace(record)
  return credentialSecrets(record).map((name) => ({ namespace, name }))
}

function itemOf({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`
}

function objectOf({ kind, namespace, name }: ServiceRecord): [Resource, ObjectName] {
  return kind === 'KeyService' ? [keyServices, { namespace, name }] : [clusterKeyServices, { name }]
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
