import { type ApiKeyStatus, forceDeleteAnnotation } from '@latchkey/core'
import { revokeFinalizer } from '../names.ts'
import type { Change } from '../runtime/record-store.ts'
import type { KubeObject } from '../runtime/resource.ts'

/**
 * What is kept of an ApiKey in memory. Spec and status stay texts: fifty thousand of them take a fifth of the room
 * that objects would, and most are never looked at again.
 */
export interface ApiKeyRecord {
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly uid: string
  readonly generation: number
  readonly deleting: boolean
  readonly forced: boolean
  readonly finalizer: boolean
  readonly spec: string
  readonly status: string
}

/** Reads an ApiKey from the API server into its record. */
export function decodeApiKey(object: KubeObject): ApiKeyRecord {
  const { metadata, spec, status } = object as KubeObject & { spec?: unknown; status?: unknown }
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    deleting: metadata.deletionTimestamp !== undefined,
    forced: metadata.annotations?.[forceDeleteAnnotation] === 'true',
    finalizer: metadata.finalizers?.includes(revokeFinalizer) ?? false,
    spec: JSON.stringify(spec ?? {}),
    status: JSON.stringify(status ?? {}),
  }
}

/** The status of a record. Ours alone is written there, so its shape is trusted. */
export function statusOf(record: ApiKeyRecord): ApiKeyStatus {
  return JSON.parse(record.status)
}

/** True when a change asks for a new decision: our own status writes do not. */
export function needsDecision({ kind, record, previous }: Change<ApiKeyRecord>): boolean {
  return (
    kind === 'deleted' ||
    previous === undefined ||
    previous.uid !== record.uid ||
    previous.generation !== record.generation ||
    previous.deleting !== record.deleting ||
    previous.forced !== record.forced ||
    previous.finalizer !== record.finalizer
  )
}
