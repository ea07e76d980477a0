import type {
  ApiKeyStatus,
  DesiredKey,
  KeysObservation,
  SecretObservation,
  ServiceObservation,
} from '@latchkey/core'
import { managedBy, managedByLabel, secrets } from '../names.ts'
import { ApiError, isAlreadyExists, isConflict, isNotFound } from '../runtime/api-error.ts'
import type { KubeObject } from '../runtime/resource.ts'
import type { ServiceWish } from '../services/resolve-service.ts'
import type { ServiceState } from '../services/services.ts'
import { type ApiKeyRecord, statusOf } from './api-key-record.ts'
import { notWritable } from './not-writable.ts'
import { readSecretMetadata } from './read-secret-metadata.ts'
import type { Scene, World } from './scene.ts'
import { shapeText, trialSecret, writtenOver } from './secret.ts'
import { decodeSecret, type SecretRecord } from './secret-record.ts'

// Reading, apart from deciding and writing. At rest everything comes from the caches and costs no call.

interface SeenSecret {
  readonly observation: SecretObservation
  readonly version?: Scene['secret']
}

/** Observes one ApiKey. Reads the Secret only when its version moved and we did not write it. */
export async function observe(
  world: World,
  record: ApiKeyRecord,
  desired: DesiredKey,
): Promise<Scene> {
  const status = statusOf(record)
  const service = world.services.find(serviceWish(record, desired, status))
  const seen = await observeSecret(world, desired, status, record)
  const names = world.secretIndex.namesOf(record.uid)
  return {
    record,
    status,
    desired,
    service,
    ...(seen.version && { secret: seen.version }),
    observed: {
      deleting: record.deleting,
      forced: record.forced,
      finalizer: record.finalizer,
      service: observeService(service),
      secret: seen.observation,
      formerSecrets: names.filter((name) => name !== desired.secret.name),
      keys: observeKeys(service, record.uid),
      delivered: status.current !== undefined,
      settled:
        status.observedGeneration === record.generation &&
        status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ===
          true,
    },
  }
}

/** What an ApiKey says about its service. */
export function serviceWish(
  record: ApiKeyRecord,
  desired: DesiredKey,
  status: ApiKeyStatus,
): ServiceWish {
  return {
    namespace: record.namespace,
    scopes: desired.wish.scopes,
    ref: JSON.parse(record.spec).serviceRef,
    sticky: status.serviceRef,
    leaving: record.deleting,
  }
}

function observeService(service: ServiceState): ServiceObservation {
  return service.kind === 'usable'
    ? {
        kind: 'usable',
        capabilities: service.connection.port.capabilities,
        terminating: service.terminating,
      }
    : { kind: 'unusable', reason: service.reason, message: service.message }
}

function observeKeys({ connection }: ServiceState, uid: string): KeysObservation {
  return connection?.view.synced()
    ? { kind: 'known', keys: connection.view.keysOf(uid), confirmed: false }
    : { kind: 'unknown' }
}

async function observeSecret(
  world: World,
  desired: DesiredKey,
  status: ApiKeyStatus,
  { generation, deleting }: ApiKeyRecord,
): Promise<SeenSecret> {
  const { namespace, uid } = desired.identity
  const { name } = desired.secret
  const cached = world.secrets.get(`${namespace}/${name}`)
  const ready = status.conditions?.find((condition) => condition.type === 'Ready')
  // Only the minted credential told so: another mint for the same templates would be in vain.
  if (ready?.reason === 'TemplateInvalid' && status.observedGeneration === generation) {
    const { reason, message } = ready
    return { observation: { kind: 'unwritable', reason, message } }
  }
  // One that is being deleted writes its Secret no more.
  const refused = !deleting && ready !== undefined && refusals.has(ready.reason)
  const known = status.secret?.name === name
  // One that lost our label has left the cache and is there all the same.
  if (cached === undefined && (deleting || !(known || refused))) return absent
  if (cached !== undefined && cached.ownerUid !== uid) return foreign('another ApiKey')
  const unmoved = known && status.secret?.resourceVersion === cached?.resourceVersion
  const seen =
    cached !== undefined && unmoved ? ours(cached, desired, true) : await readSecret(world, desired)
  return refused ? tryWrite(world, desired, seen) : seen
}

/** What a refused write of the Secret leaves in the status. */
const refusals: ReadonlySet<string> = new Set(['Conflict', 'SecretConflict', 'SecretNotWritable'])

/** Reads the whole Secret, compares it and forgets its data. */
async function readSecret(world: World, desired: DesiredKey): Promise<SeenSecret> {
  const { namespace, uid } = desired.identity
  const { name } = desired.secret
  let object: KubeObject & { readonly data?: Record<string, string>; readonly type?: string }
  try {
    object = await world.client.get(secrets, { namespace, name })
  } catch (error) {
    if (isNotFound(error)) return absent
    throw error
  }
  const record = decodeSecret(object)
  if (record.ownerUid !== uid) {
    const manager = object.metadata.labels?.[managedByLabel]
    return foreign(record.ownerUid === '' ? (manager ?? 'somebody else') : 'another ApiKey')
  }
  const compared = world.digester.compare(object.data ?? {}, record.digest)
  const seen = ours(record, desired, compared !== 'changed')
  if (seen.observation.kind !== 'ours') return seen
  const dressed = seen.observation.dressed && compared === 'same' && isDressed(object, desired)
  const shaped = seen.observation.shaped && object.type === desired.secret.type
  return { ...seen, observation: { ...seen.observation, dressed, shaped } }
}

/** The rule after a refused write: a dry run first, so that no retry ever mints in vain. */
async function tryWrite(
  { client, digester }: World,
  desired: DesiredKey,
  seen: SeenSecret,
): Promise<SeenSecret> {
  const { observation, version } = seen
  if (observation.kind === 'foreign') return seen
  const bare = trialSecret(desired, digester)
  const options = { dryRun: true, metadataOnly: true }
  try {
    const present = await readSecretMetadata(client, desired)
    const object = present === undefined ? bare : writtenOver(present, bare)
    if (observation.kind === 'ours' && observation.shaped) {
      const metadata = { ...object.metadata, ...version }
      await client.replace(secrets, { ...object, metadata }, options)
    } else {
      await client.create(secrets, object, options)
    }
    return seen
  } catch (error) {
    // Refused for its name or its version alone: everything else of it is in order.
    if (isAlreadyExists(error) || isConflict(error)) return seen
    if (!(error instanceof ApiError) || error.outcome !== 'refused') throw error
    const { reason, message } = notWritable(desired.secret.name, error)
    return { observation: { kind: 'unwritable', reason, message } }
  }
}

const absent: SeenSecret = { observation: { kind: 'absent' } }

function foreign(owner: string): SeenSecret {
  return { observation: { kind: 'foreign', owner } }
}

function ours(record: SecretRecord, desired: DesiredKey, intact: boolean): SeenSecret {
  const { keyId, credentialId, revision, uid, resourceVersion } = record
  return {
    version: { uid, resourceVersion },
    observation: {
      kind: 'ours',
      keyId,
      credentialId,
      revision,
      intact,
      shaped: record.shape.startsWith(`${desired.secret.shape}.`),
      dressed: record.shape === shapeText(desired),
    },
  }
}

function isDressed({ metadata }: KubeObject, desired: DesiredKey): boolean {
  const holds = (
    present: Readonly<Record<string, string>> = {},
    wished: Readonly<Record<string, string>>,
  ) => Object.entries(wished).every(([name, value]) => present[name] === value)
  const owned = metadata.ownerReferences?.some(({ uid }) => uid === desired.identity.uid) ?? false
  return (
    holds(metadata.labels, { ...desired.secret.labels, [managedByLabel]: managedBy }) &&
    holds(metadata.annotations, desired.secret.annotations) &&
    owned !== desired.secret.retain
  )
}
