import type { Resource } from './runtime/resource.ts'

// Every name of ours that stands in a cluster, in one place.

const group = 'latchkey.dev'
const version = 'v1alpha1'

/** `apiVersion` of our kinds. */
export const apiVersion = `${group}/${version}`

export const apiKeys: Resource = { group, version, plural: 'apikeys', namespaced: true }
export const keyServices: Resource = { group, version, plural: 'keyservices', namespaced: true }
export const clusterKeyServices: Resource = {
  group,
  version,
  plural: 'clusterkeyservices',
  namespaced: false,
}
export const secrets: Resource = { group: '', version: 'v1', plural: 'secrets', namespaced: true }
export const namespaces: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  namespaced: false,
}

/** On an ApiKey: its keys have to be revoked first. */
export const revokeFinalizer = `${group}/revoke`
/** On a KeyService and on its credential Secrets: ApiKeys need it to be revoked. */
export const inUseFinalizer = `${group}/in-use`

/** The label by which the Secrets of ours are found, and the only one the operator may write. */
export const managedByLabel = 'app.kubernetes.io/managed-by'
export const managedBy = 'latchkey'

/**
 * Annotations of a Secret: which token it holds, written in the same write as the token; and which of its labels and
 * annotations the declaration put there, so that it can take them off again.
 */
export const secretAnnotation = {
  ownerUid: `${group}/api-key-uid`,
  keyId: `${group}/key-id`,
  credentialId: `${group}/credential-id`,
  revision: `${group}/revision`,
  digest: `${group}/digest`,
  shape: `${group}/shape`,
  labels: `${group}/labels`,
  annotations: `${group}/annotations`,
} as const
