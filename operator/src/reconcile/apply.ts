import { type Action, KeyError, type KeyServicePort, markToMetadata } from '@latchkey/core'
import { apiKeys, revokeFinalizer, secretAnnotation, secrets } from '../names.ts'
import { ApiError, isNotFound } from '../runtime/api-error.ts'
import type { KubeObject } from '../runtime/resource.ts'
import { decodeApiKey } from './api-key-record.ts'
import { confirm } from './confirm.ts'
import { acknowledge, issue } from './issue.ts'
import { notWritable } from './not-writable.ts'
import { type Scene, type World, withKey } from './scene.ts'
import { dressPatch, ownerReferences } from './secret.ts'
import { decodeSecret } from './secret-record.ts'

/**
 * Carries out one action and answers with the scene as it is then. Throws `KeyError` when the key service or the
 * Secret refuses, `ApiError` when the API server fails; whatever was done until then stays and is found again.
 */
export async function apply(world: World, scene: Scene, action: Action): Promise<Scene> {
  switch (action.kind) {
    case 'addFinalizer':
      return addFinalizer(world, scene)
    case 'removeFinalizer':
      return removeFinalizer(world, scene)
    case 'dressSecret':
      return dressSecret(world, scene)
    case 'removeSecret':
      return removeSecret(world, scene, action.name)
    case 'confirm':
      return confirm(world, scene, portOf(scene))
    case 'issue':
      return issue(world, scene, portOf(scene), action)
    case 'acknowledge':
      return acknowledge(world, scene, portOf(scene), action.keyId, action.credentialId)
    case 'update':
      return withKey(scene, await portOf(scene).update(action.keyId, action.change))
    case 'revoke':
      return revoke(world, scene, portOf(scene), action.keyId)
  }
}

function portOf({ service }: Scene): KeyServicePort {
  if (service.kind === 'usable') return service.connection.port
  throw new KeyError(service.reason, service.message)
}

async function revoke(
  world: World,
  scene: Scene,
  port: KeyServicePort,
  keyId: string,
): Promise<Scene> {
  const { keys } = scene.observed
  const own = keys.kind === 'known' ? keys.keys.find((key) => key.record.id === keyId) : undefined
  // Only keys with our mark are ever revoked: an id from anywhere else is not ours to end.
  if (own === undefined)
    throw new KeyError('Conflict', `Key ${keyId} does not carry the mark of this ApiKey`)
  world.fence()
  const found = await port.revoke(keyId)
  // "No such key" is no proof: the list is read once more before anything rests on it.
  if (!found) return confirm(world, scene, port)
  return withKey(scene, { ...own.record, state: 'revoked', metadata: markToMetadata(own.mark) })
}

async function addFinalizer(world: World, scene: Scene): Promise<Scene> {
  const { namespace, name, resourceVersion } = scene.record
  const object = await world.client.get(apiKeys, { namespace, name }, { metadataOnly: true })
  const finalizers = object.metadata.finalizers ?? []
  const written = await world.client.mergePatch<KubeObject>(
    apiKeys,
    { namespace, name },
    { metadata: { finalizers: [...new Set([...finalizers, revokeFinalizer])], resourceVersion } },
  )
  const record = decodeApiKey(written)
  world.apiKeys.put(record)
  return { ...scene, record, observed: { ...scene.observed, finalizer: true } }
}

async function removeFinalizer(world: World, scene: Scene): Promise<Scene> {
  const { namespace, name } = scene.record
  const gone = { ...scene, observed: { ...scene.observed, finalizer: false } }
  world.fence()
  try {
    const object = await world.client.get(apiKeys, { namespace, name }, { metadataOnly: true })
    const { finalizers = [], resourceVersion, uid } = object.metadata
    if (uid !== scene.record.uid) return gone
    const left = finalizers.filter((finalizer) => finalizer !== revokeFinalizer)
    await world.client.mergePatch(
      apiKeys,
      { namespace, name },
      { metadata: { finalizers: left, resourceVersion } },
      { metadataOnly: true },
    )
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  return gone
}

async function removeSecret(world: World, scene: Scene, name: string): Promise<Scene> {
  const { namespace, uid } = scene.desired.identity
  const cached = world.secrets.get(`${namespace}/${name}`)
  world.fence()
  if (cached?.ownerUid === uid) {
    const version = { uid: cached.uid, resourceVersion: cached.resourceVersion }
    await world.client.delete(secrets, { namespace, name }, version).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
  const formerSecrets = scene.observed.formerSecrets.filter((other) => other !== name)
  return { ...scene, observed: { ...scene.observed, formerSecrets } }
}

/** Labels, annotations, owner and digest in one patch of the version that was read; the token is not touched. */
async function dressSecret(world: World, scene: Scene): Promise<Scene> {
  const { desired, secret, observed } = scene
  if (secret === undefined || observed.secret.kind !== 'ours') return scene
  const name = { namespace: desired.identity.namespace, name: desired.secret.name }
  world.fence()
  try {
    const present = await world.client.get<KubeObject & { data?: Record<string, string> }>(
      secrets,
      name,
    )
    const strangers = present.metadata.ownerReferences?.filter(
      ({ uid }) => uid !== desired.identity.uid,
    )
    const { labels, annotations } = dressPatch(present, desired)
    const written = decodeSecret(
      await world.client.mergePatch<KubeObject>(
        secrets,
        name,
        {
          metadata: {
            resourceVersion: secret.resourceVersion,
            labels,
            annotations: {
              ...annotations,
              [secretAnnotation.digest]: world.digester.digest(present.data ?? {}),
            },
            ownerReferences: [...(strangers ?? []), ...ownerReferences(desired)],
          },
        },
        { metadataOnly: true },
      ),
    )
    world.secrets.put(written)
    const { uid, resourceVersion } = written
    return {
      ...scene,
      secret: { uid, resourceVersion },
      observed: { ...observed, secret: { ...observed.secret, dressed: true } },
    }
  } catch (error) {
    if (isNotFound(error)) {
      return { ...scene, observed: { ...observed, secret: { kind: 'absent' } } }
    }
    if (error instanceof ApiError && error.outcome === 'refused' && error.reason !== 'Conflict') {
      throw notWritable(desired.secret.name, error)
    }
    throw error
  }
}
