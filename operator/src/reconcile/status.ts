import { isDeepStrictEqual } from 'node:util'
import {
  type ApiKeyStatus,
  currentCredential,
  mergeConditions,
  type OwnKey,
  type Plan,
  previousAtMost,
  type Standing,
} from '@latchkey/core'
import { apiKeys, apiVersion } from '../names.ts'
import type { KubeObject } from '../runtime/resource.ts'
import type { ApiKeyRecord } from './api-key-record.ts'
import { conditionsOf } from './conditions.ts'
import type { Scene, World } from './scene.ts'

/** What the operator tells about an ApiKey after its reconcile: built from the scene alone, the same for the same scene. */
export function statusOfScene(
  scene: Scene,
  standing: Standing,
  plan: Plan,
  now: Date,
): ApiKeyStatus {
  const { observed, record, service } = scene
  const { secret } = observed
  const keys = observed.keys.kind === 'known' ? observed.keys.keys : undefined
  const held =
    secret.kind === 'ours' ? keys?.find((key) => key.record.id === secret.keyId) : undefined
  const current = held === undefined ? scene.status.current : currentOf(held, scene.status)
  const previous = keys === undefined ? scene.status.previous : previousOf(plan, current?.keyId)
  return {
    observedGeneration: record.generation,
    conditions: mergeConditions(scene.status.conditions ?? [], conditionsOf(standing), {
      now,
      generation: record.generation,
    }),
    ...(service.name && { serviceRef: { kind: service.name.kind, name: service.name.name } }),
    ...(current && { current }),
    ...(previous?.length && { previous }),
    ...rotationField(scene, plan),
    ...secretFields(scene),
  }
}

/** While the key service does not tell of the key, what was told for the same spec stays: an outage moves no rotation. */
function rotationField(
  { observed, record, status }: Scene,
  { rotationTime }: Plan,
): Pick<ApiKeyStatus, 'nextRotationTime'> {
  if (rotationTime !== undefined) return { nextRotationTime: instant(rotationTime) }
  const { nextRotationTime, observedGeneration } = status
  const holds = observed.keys.kind !== 'known' && observedGeneration === record.generation
  return holds && nextRotationTime !== undefined ? { nextRotationTime } : {}
}

/**
 * The version of the Secret goes into the status only when all of it is as we would write it: a Secret of the version in the
 * status is not read again, so one that somebody changed would be taken for ours as soon as a try to replace it failed.
 */
function secretFields({
  secret,
  observed,
  desired,
  status,
}: Scene): Pick<ApiKeyStatus, 'secret' | 'binding'> {
  if (secret === undefined) return {}
  const { name } = desired.secret
  const seen = observed.secret
  const inOrder = seen.kind === 'ours' && seen.intact && seen.shaped && seen.dressed
  const checked = inOrder ? { name, resourceVersion: secret.resourceVersion } : status.secret
  return { ...(checked && { secret: checked }), binding: { name } }
}

function currentOf(
  { record, mark }: OwnKey,
  before: ApiKeyStatus,
): NonNullable<ApiKeyStatus['current']> {
  const credential = currentCredential(record)
  const told = before.current?.keyId === record.id ? before.current.lastUsedTime : undefined
  const lastUsedTime = dailyTime(told, record.lastUsedTime)
  return {
    keyId: record.id,
    credentialId: credential?.id ?? '',
    preview: credential?.preview ?? '',
    revision: mark.revision,
    issuedTime: instant(new Date(record.createdTime)),
    ...(record.expirationTime && { expirationTime: instant(new Date(record.expirationTime)) }),
    ...(lastUsedTime && { lastUsedTime }),
  }
}

/**
 * The keys that end next. The current one is none of them, whatever became of its Secret; and there is room for a few
 * only, or an ApiKey with a long grace period could not be told about at all.
 */
function previousOf(plan: Plan, current?: string): NonNullable<ApiKeyStatus['previous']> {
  return plan.previous
    .filter(({ key }) => key.record.id !== current)
    .sort((one, other) => one.endTime.getTime() - other.endTime.getTime())
    .slice(0, previousAtMost)
    .map(({ key, endTime }) => ({
      keyId: key.record.id,
      preview: currentCredential(key.record)?.preview ?? '',
      revocationTime: instant(endTime),
    }))
}

/** The service counts every use; a status that followed each one would be written all day. */
function dailyTime(told: string | undefined, now: string | undefined): string | undefined {
  if (now === undefined) return told
  const fresh = told === undefined || Date.parse(now) - Date.parse(told) >= dayMilliseconds
  return fresh ? instant(new Date(now)) : told
}

const dayMilliseconds = 86_400_000

/** Whole seconds, as Kubernetes writes instants. */
function instant(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

/**
 * Writes the status if it differs, on the version that the decision was made for: a change of the spec in between is a
 * conflict, and the next reconcile decides about the new one. Answers with the ApiKey as it is then.
 */
export async function writeStatus(
  world: World,
  record: ApiKeyRecord,
  before: ApiKeyStatus,
  status: ApiKeyStatus,
): Promise<ApiKeyRecord> {
  if (isDeepStrictEqual(status, before)) return record
  const { namespace, name, uid, resourceVersion } = record
  const written = await world.client.replace<KubeObject>(
    apiKeys,
    {
      apiVersion,
      kind: 'ApiKey',
      metadata: { namespace, name, uid, resourceVersion },
      status,
    } as KubeObject,
    { subresource: 'status', versionOnly: true },
  )
  const told: ApiKeyRecord = {
    ...record,
    resourceVersion: written.metadata.resourceVersion ?? resourceVersion,
    status: JSON.stringify(status),
  }
  world.apiKeys.put(told)
  return told
}
