import { secretAnnotation } from '../names.ts'
import type { KubeObject } from '../runtime/resource.ts'

/**
 * What is known of a Secret of ours from its metadata alone: the operator watches no data, so no token lies in its
 * memory longer than the moment it is delivered.
 */
export interface SecretRecord {
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly uid: string
  /** uid of the ApiKey that it was written for. */
  readonly ownerUid: string
  readonly keyId: string
  readonly credentialId: string
  readonly revision: number
  readonly digest: string
  /** What the declared form was when it was written: type and templates, then labels and annotations. */
  readonly shape: string
}

/** Reads the metadata of a Secret; one without our annotations gives empty texts. */
export function decodeSecret(object: KubeObject): SecretRecord {
  const { metadata } = object
  const text = (name: string) => metadata.annotations?.[name] ?? ''
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    uid: metadata.uid ?? '',
    ownerUid: text(secretAnnotation.ownerUid),
    keyId: text(secretAnnotation.keyId),
    credentialId: text(secretAnnotation.credentialId),
    revision: Number(text(secretAnnotation.revision)) || 0,
    digest: text(secretAnnotation.digest),
    shape: text(secretAnnotation.shape),
  }
}
