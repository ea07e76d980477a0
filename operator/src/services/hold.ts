import { inUseFinalizer, secrets } from '../names.ts'
import { isNotFound } from '../runtime/api-error.ts'
import type { KubeClient } from '../runtime/client.ts'
import type { KubeObject, ObjectName, Resource } from '../runtime/resource.ts'

// The finalizer that keeps a KeyService and its credential alive while ApiKeys need them to be revoked: a namespace that is
// deleted takes everything at once, and without the credential no key of it could ever be revoked.

/** Puts our finalizer on an object unless it is there. An object that is missing or already going is left alone. */
export async function hold(
  client: KubeClient,
  resource: Resource,
  name: ObjectName,
): Promise<void> {
  const object = await read(client, resource, name)
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return
  const finalizers = object.metadata.finalizers ?? []
  if (finalizers.includes(inUseFinalizer)) return
  await write(client, resource, name, object, [...finalizers, inUseFinalizer])
}

/** Takes our finalizer off an object. Safe to repeat. */
export async function release(
  client: KubeClient,
  resource: Resource,
  name: ObjectName,
): Promise<void> {
  const object = await read(client, resource, name)
  const finalizers = object?.metadata.finalizers ?? []
  if (object === undefined || !finalizers.includes(inUseFinalizer)) return
  await write(
    client,
    resource,
    name,
    object,
    finalizers.filter((finalizer) => finalizer !== inUseFinalizer),
  )
}

/** The credential Secrets of one service. */
export function secretNames(namespace: string, names: readonly string[]): [Resource, ObjectName][] {
  return names.map((name) => [secrets, { namespace, name }])
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
