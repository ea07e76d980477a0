import {
  type Action,
  type IssuedKey,
  KeyError,
  type KeyServicePort,
  markToMetadata,
} from '@latchkey/core'
import { secrets } from '../names.ts'
import { ApiError, isAlreadyExists, isConflict } from '../runtime/api-error.ts'
import type { KubeObject } from '../runtime/resource.ts'
import { confirm } from './confirm.ts'
import { notWritable } from './not-writable.ts'
import { readSecretMetadata } from './read-secret-metadata.ts'
import { type Scene, type World, withKey } from './scene.ts'
import { type Delivery, type SecretObject, secretObject, writtenOver } from './secret.ts'
import { decodeSecret, type SecretRecord } from './secret-record.ts'

type Issue = Extract<Action, { kind: 'issue' }>

/**
 * Mints a key and delivers it: pending key, then the Secret, then the acknowledgement. The Secret write is the commit: a
 * create, or an update of the version that was read before the mint, never forced. Cut anywhere, the next reconcile
 * finds either a pending key without a Secret (and mints the same one again) or a Secret whose key is pending (and
 * acknowledges it).
 */
export async function issue(
  world: World,
  scene: Scene,
  port: KeyServicePort,
  action: Issue,
): Promise<Scene> {
  const { cluster, namespace, name, uid } = scene.desired.identity
  const { revision, reason, cause } = action
  const mark = {
    cluster,
    namespace,
    name,
    uid,
    revision,
    specHash: scene.desired.specHash,
    cause,
  }
  const present = await readPresent(world, scene)
  world.fence()
  let issued: IssuedKey
  try {
    issued = await port.issue({
      ...scene.desired.wish,
      metadata: markToMetadata(mark),
      idempotencyKey: `${cluster}/${uid}/${revision}`,
    })
  } catch (error) {
    // A key of this revision exists already and its token is out: the whole truth is at the service.
    if (error instanceof KeyError && alreadyMinted.has(error.reason))
      return confirm(world, scene, port)
    throw error
  }
  const minted = withKey(scene, issued.key)
  if (reason === 'Rotated') await probe(port, issued)
  const delivery: Delivery = { ...issued, keyId: issued.key.id, revision }
  const delivered = await deliver(world, minted, port, delivery, present)
  if (delivered.observed.secret.kind !== 'ours') return delivered
  if (delivered.observed.secret.credentialId !== issued.credentialId) return delivered
  return acknowledge(world, delivered, port, issued.key.id, issued.credentialId)
}

const alreadyMinted: ReadonlySet<string> = new Set([
  'IdempotencyKeyReused',
  'IdempotencyKeyMismatch',
])

/** Tells the service that the token is in the Secret. Safe to repeat. */
export async function acknowledge(
  world: World,
  scene: Scene,
  port: KeyServicePort,
  keyId: string,
  credentialId: string,
): Promise<Scene> {
  try {
    return withKey(scene, await port.activate(keyId, credentialId))
  } catch (error) {
    // Another token took the place of ours, or the key died: look, then decide anew.
    if (error instanceof KeyError && (error.reason === 'Conflict' || error.reason === 'NotFound')) {
      return confirm(world, scene, port)
    }
    throw error
  }
}

/**
 * The metadata that the Secret's new content keeps, of the version that the decision was made for. Read before the mint:
 * a Secret that is another one by now would refuse the new token.
 */
async function readPresent(
  world: World,
  { secret, desired }: Scene,
): Promise<KubeObject | undefined> {
  if (secret === undefined) return undefined
  const { name } = desired.secret
  const present = await readSecretMetadata(world.client, desired)
  if (present?.metadata.resourceVersion !== secret.resourceVersion) throw changedMeanwhile(name)
  const { deletionTimestamp, finalizers = [] } = present.metadata
  if (deletionTimestamp === undefined) return present
  throw new KeyError(
    'SecretConflict',
    `Secret ${name} is being deleted and held by ${finalizers.join(', ')}: let it go, or set spec.secret.name to another name`,
  )
}

/** A successor is tried before it takes over: at some services a new key works only after a while. */
async function probe(port: KeyServicePort, { credential, key }: IssuedKey): Promise<void> {
  const verdict = await port.probe(credential)
  if (verdict.valid || verdict.reason === 'KeyPending') return
  throw new KeyError('KeyPending', `The new key ${key.id} does not work yet: it is tried again`)
}

async function deliver(
  world: World,
  scene: Scene,
  port: KeyServicePort,
  delivery: Delivery,
  present: KubeObject | undefined,
): Promise<Scene> {
  try {
    world.fence()
    const bare = secretObject(scene.desired, delivery, world.digester)
    const object = present === undefined ? bare : writtenOver(present, bare)
    const written = decodeSecret(await write(world, scene, object))
    world.secrets.put(written)
    return withSecret(scene, written)
  } catch (error) {
    return afterFailedWrite(world, scene, port, delivery, error)
  }
}

async function write(
  world: World,
  { secret, desired, observed }: Scene,
  object: SecretObject,
): Promise<KubeObject> {
  const { client } = world
  const options = { metadataOnly: true }
  if (secret === undefined) return client.create(secrets, object, options)
  if (observed.secret.kind === 'ours' && !observed.secret.shaped) {
    // The type of a Secret never changes, so another form is another object: only the one we read may go, and only for
    // one that the API server would take.
    const name = { namespace: desired.identity.namespace, name: desired.secret.name }
    await client
      .create(secrets, anew(object), { ...options, dryRun: true })
      .catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error
      })
    await client.delete(secrets, name, secret)
    return client.create(secrets, anew(object), options)
  }
  const metadata = { ...object.metadata, resourceVersion: secret.resourceVersion, uid: secret.uid }
  return client.replace(secrets, { ...object, metadata }, options)
}

/** Finalizers of others have done their work on the object that goes; on the next one they would be nobody's. */
function anew(object: SecretObject): SecretObject {
  const { finalizers: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/**
 * The write failed. What the Secret holds decides: a key that it holds is never revoked, ours that it does not hold
 * goes at once. When the Secret cannot be read, nothing is known and the next reconcile mints the same key again.
 */
async function afterFailedWrite(
  world: World,
  scene: Scene,
  port: KeyServicePort,
  delivery: Delivery,
  error: unknown,
): Promise<Scene> {
  const misfit = error instanceof KeyError
  if (!misfit && !(error instanceof ApiError)) throw error
  const object = misfit ? undefined : await readSecretMetadata(world.client, scene.desired)
  const present = object && decodeSecret(object)
  if (present?.credentialId === delivery.credentialId) return withSecret(scene, present)
  if (!misfit && error.outcome !== 'refused') throw error
  if (present?.keyId !== delivery.keyId) {
    world.fence()
    await port.revoke(delivery.keyId)
    dropKey(scene, delivery.keyId)
  }
  if (misfit) throw error
  if (isConflict(error) || isAlreadyExists(error)) throw lostRace(scene, present)
  throw notWritable(scene.desired.secret.name, error)
}

/** Somebody wrote the Secret between our reading and our writing. */
function lostRace(scene: Scene, present: SecretRecord | undefined): KeyError {
  const { name } = scene.desired.secret
  return present !== undefined && present.ownerUid !== scene.desired.identity.uid
    ? new KeyError(
        'SecretConflict',
        `Secret ${name} belongs to ${present.ownerUid === '' ? 'somebody else' : 'another ApiKey'}: delete it or set spec.secret.name to another name`,
      )
    : changedMeanwhile(name)
}

function changedMeanwhile(name: string): KeyError {
  return new KeyError('Conflict', `Secret ${name} was changed meanwhile: it is looked at again`)
}

function withSecret(scene: Scene, written: SecretRecord): Scene {
  const { keyId, credentialId, revision, uid, resourceVersion } = written
  return {
    ...scene,
    secret: { uid, resourceVersion },
    observed: {
      ...scene.observed,
      delivered: true,
      secret: {
        kind: 'ours',
        keyId,
        credentialId,
        revision,
        intact: true,
        shaped: true,
        dressed: true,
      },
    },
  }
}

/** The view forgets the key that was just revoked. */
function dropKey(scene: Scene, keyId: string): void {
  const view = scene.service.connection?.view
  const key = view?.keysOf(scene.desired.identity.uid).find(({ record }) => record.id === keyId)
  if (view === undefined || key === undefined) return
  view.put({ ...key.record, metadata: markToMetadata(key.mark), state: 'revoked' })
}
