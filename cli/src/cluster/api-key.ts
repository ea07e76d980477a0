import type { ApiKeySpecInput, ApiKeyStatus, Condition } from '@latchkey/core'
import type { KubeObject } from '@latchkey/operator'

/** An ApiKey as the API server gives it. */
export interface ApiKeyObject extends KubeObject {
  readonly spec: ApiKeySpecInput
  readonly status?: ApiKeyStatus
}

/** `namespace/name`. */
export function fullName({ metadata }: KubeObject): string {
  const { namespace, name = '' } = metadata
  return namespace === undefined ? name : `${namespace}/${name}`
}

/** The condition `Ready`, once the operator has told one. */
export function readyCondition({ status }: ApiKeyObject): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready')
}

/** Ready, and for the spec as it is now. */
export function isReady(object: ApiKeyObject): boolean {
  const current = object.status?.observedGeneration === object.metadata.generation
  return current && readyCondition(object)?.status === 'True'
}

/** How long an ApiKey must have been stalled, in our own eyes too, before nobody waits for it any more. */
const patienceMilliseconds = 3_000

/**
 * Ready, or stalled for good as far as anybody can tell: what is stalled waits for a person, so waiting for it shows
 * nothing new. One that was stalled just now, or before we began to look, may only not have been looked at again yet.
 */
export function isSettled(
  object: ApiKeyObject,
  at: { readonly since: Date; readonly now: Date },
): boolean {
  if (isReady(object)) return true
  const { conditions = [], observedGeneration } = object.status ?? {}
  const stalled = conditions.find(({ type, status }) => type === 'Stalled' && status === 'True')
  if (stalled === undefined || observedGeneration !== object.metadata.generation) return false
  const since = Math.max(at.since.getTime(), Date.parse(stalled.lastTransitionTime))
  return at.now.getTime() - since >= patienceMilliseconds
}
