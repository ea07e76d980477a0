// The writing verbs, with the rules that controllers depend on: resourceVersion guards, generation, the status apart,
// finalizers before deletion, nothing stored when nothing changes.

import { randomUUID } from 'node:crypto'
import { type Address, storeKey } from './address.ts'
import { ApiFailure } from './api-failure.ts'
import type { ObjectStore, StoredMeta, StoredObject } from './object-store.ts'
import { jsonPatch, mergePatch } from './patch.ts'

/** A write request. */
export type Write = {
  readonly address: Address
  readonly body: unknown
  readonly contentType: string
  readonly dryRun: boolean
}

type Body = { readonly metadata?: Partial<StoredMeta>; readonly [field: string]: unknown }

/** Kinds of the core group here have no generation and no status of their own. */
function hasStatus(address: Address): boolean {
  return address.group !== '' && address.group !== 'coordination.k8s.io'
}

/** POST. */
export function create(store: ObjectStore, { address, body, dryRun }: Write): StoredObject {
  const object = body as Body
  const name =
    object.metadata?.name ?? `${object.metadata?.generateName ?? ''}${randomUUID().slice(0, 5)}`
  const key = storeKey(address.namespace, name)
  if (store.get(address.collection, key) !== undefined) {
    throw new ApiFailure(409, 'AlreadyExists', `${address.plural} "${name}" already exists`, {
      name,
    })
  }
  if (object.metadata?.resourceVersion) {
    throw new ApiFailure(
      400,
      'BadRequest',
      'resourceVersion should not be set on objects to be created',
    )
  }
  const { status, ...rest } = object
  const next: StoredObject = {
    ...(hasStatus(address) ? rest : object),
    metadata: {
      ...object.metadata,
      name,
      ...(address.namespace === undefined ? {} : { namespace: address.namespace }),
      uid: randomUUID(),
      resourceVersion: '',
      ...(hasStatus(address) ? { generation: 1 } : {}),
      creationTimestamp: new Date().toISOString().replace(/\.\d+Z/, 'Z'),
    },
  }
  return dryRun ? next : store.commit(address.collection, key, next)
}

/** PUT and PATCH. */
export function update(store: ObjectStore, write: Write): StoredObject {
  const { address, body, contentType } = write
  const current = existing(store, address)
  const wanted = contentType.includes('merge-patch')
    ? (mergePatch(current, body) as StoredObject)
    : contentType.includes('json-patch')
      ? (jsonPatch(current, body as []) as StoredObject)
      : (body as StoredObject)
  const isPut = wanted === body
  const version =
    isPut || contentType.includes('merge-patch')
      ? (body as Body).metadata?.resourceVersion
      : undefined
  if (isPut && !version && hasStatus(address)) {
    const message = 'metadata.resourceVersion: Invalid value: "": must be specified for an update'
    throw new ApiFailure(422, 'Invalid', message, { name: address.name })
  }
  if (version && version !== current.metadata.resourceVersion) throw conflict(address)
  return commitChange(store, write, current, merged(address, current, wanted))
}

/** DELETE. */
export function remove(store: ObjectStore, write: Write): StoredObject {
  const { address, body, dryRun } = write
  const current = existing(store, address)
  const wanted = (body as { readonly preconditions?: Partial<StoredMeta> } | undefined)
    ?.preconditions
  for (const field of ['uid', 'resourceVersion'] as const) {
    if (wanted?.[field] !== undefined && wanted[field] !== current.metadata[field])
      throw conflict(address)
  }
  if (dryRun) return current
  const key = storeKey(address.namespace, current.metadata.name)
  if (!current.metadata.finalizers?.length) return store.commit(address.collection, key, undefined)
  if (current.metadata.deletionTimestamp !== undefined) return current
  const deletionTimestamp = new Date().toISOString().replace(/\.\d+Z/, 'Z')
  const generation = current.metadata.generation
  return store.commit(address.collection, key, {
    ...current,
    metadata: {
      ...current.metadata,
      deletionTimestamp,
      deletionGracePeriodSeconds: 0,
      ...(generation === undefined ? {} : { generation: generation + 1 }),
    },
  })
}

/** The object at the address. @throws ApiFailure 404. */
export function existing(store: ObjectStore, address: Address): StoredObject {
  const name = address.name ?? ''
  const object = store.get(address.collection, storeKey(address.namespace, name))
  if (object === undefined) {
    throw new ApiFailure(404, 'NotFound', `${address.plural} "${name}" not found`, {
      name,
      kind: address.plural,
    })
  }
  return object
}

/** What the wanted state makes of the current one: identity stays, the status is written apart. */
function merged(address: Address, current: StoredObject, wanted: StoredObject): StoredObject {
  if (address.subresource === 'status') return { ...current, status: wanted.status }
  const { uid, resourceVersion, creationTimestamp, deletionTimestamp, generation } =
    current.metadata
  const metadata: StoredMeta = {
    ...wanted.metadata,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(generation === undefined ? {} : { generation }),
  }
  if (!hasStatus(address)) return { ...wanted, metadata }
  const next = { ...wanted, metadata, ...('status' in current ? { status: current.status } : {}) }
  if (JSON.stringify(current.spec) === JSON.stringify(wanted.spec)) return next
  return { ...next, metadata: { ...metadata, generation: (generation ?? 0) + 1 } }
}

function commitChange(
  store: ObjectStore,
  write: Write,
  current: StoredObject,
  next: StoredObject,
): StoredObject {
  const { address, dryRun } = write
  if (dryRun || sameContent(current, next)) return next
  const key = storeKey(address.namespace, current.metadata.name)
  const goes = next.metadata.deletionTimestamp !== undefined && !next.metadata.finalizers?.length
  return store.commit(address.collection, key, goes ? undefined : next)
}

function sameContent(left: StoredObject, right: StoredObject): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  )
}

function conflict(address: Address): ApiFailure {
  const message = `Operation cannot be fulfilled on ${address.plural} "${address.name}": the object has been modified`
  return new ApiFailure(409, 'Conflict', message, { name: address.name })
}
