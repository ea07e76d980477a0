import type { ClusterKeyServiceSpec, KeyServiceSpec, KeyServiceStatus } from '@latchkey/core'
import type { KubeObject } from '../runtime/resource.ts'

/** Which key service: the two kinds share one queue, one cache and one code. */
export interface ServiceName {
  readonly kind: 'KeyService' | 'ClusterKeyService'
  /** Empty for a ClusterKeyService. */
  readonly namespace: string
  readonly name: string
}

/** What is kept of a KeyService or a ClusterKeyService. The API server has validated its spec. */
export interface ServiceRecord extends ServiceName {
  readonly resourceVersion: string
  readonly uid: string
  readonly generation: number
  readonly deleting: boolean
  readonly finalizers: readonly string[]
  readonly spec: KeyServiceSpec | ClusterKeyServiceSpec
  readonly status: KeyServiceStatus
}

/** Reads either kind from the API server. */
export function decodeService(kind: ServiceName['kind']): (object: KubeObject) => ServiceRecord {
  return (object) => {
    const { metadata, spec, status } = object as KubeObject & {
      readonly spec: ServiceRecord['spec']
      readonly status?: KeyServiceStatus
    }
    return {
      kind,
      namespace: metadata.namespace ?? '',
      name: metadata.name ?? '',
      resourceVersion: metadata.resourceVersion ?? '',
      uid: metadata.uid ?? '',
      generation: metadata.generation ?? 0,
      deleting: metadata.deletionTimestamp !== undefined,
      finalizers: metadata.finalizers ?? [],
      spec,
      status: status ?? {},
    }
  }
}

/** The queue's word for a service. */
export function serviceItem({ kind, namespace, name }: ServiceName): string {
  return `${kind}:${namespace}/${name}`
}

/** The service of a queue's word. */
export function serviceOfItem(item: string): ServiceName {
  const [kind = '', rest = ''] = item.split(':')
  const [namespace = '', name = ''] = rest.split('/')
  return { kind: kind === 'KeyService' ? 'KeyService' : 'ClusterKeyService', namespace, name }
}

/** Where the Secrets with its credentials lie. */
export function credentialNamespace(record: ServiceRecord): string {
  return 'secretNamespace' in record.spec ? record.spec.secretNamespace : record.namespace
}

/** Names of the Secrets with its credentials, each once. */
export function credentialSecrets({ spec }: ServiceRecord): readonly string[] {
  const { tokenRef, keyRef, secretRef } = spec.credentials
  return [
    ...new Set(
      [tokenRef, keyRef, secretRef].flatMap((ref) => (ref === undefined ? [] : [ref.name])),
    ),
  ]
}
