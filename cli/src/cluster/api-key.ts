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
