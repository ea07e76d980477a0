import type { Reason } from '@latchkey/core'
import type { ServiceName, ServiceRecord } from './service-record.ts'

/** What an ApiKey says about its service. */
export interface ServiceWish {
  readonly namespace: string
  readonly scopes: readonly string[]
  /** `spec.serviceRef`. */
  readonly ref?: Pick<ServiceName, 'kind' | 'name'> | undefined
  /** `status.serviceRef`: where its keys are already, whatever the default is by now. */
  readonly sticky?: Pick<ServiceName, 'kind' | 'name'> | undefined
  /** Its keys lie there and have to be revoked: whom a ClusterKeyService is for by now does not matter. */
  readonly leaving?: boolean
}

/** The service that an ApiKey means, or why there is none. */
export type ServiceResolution =
  | { readonly kind: 'found'; readonly record: ServiceRecord }
  | { readonly kind: 'problem'; readonly reason: Reason; readonly message: string }

/** The key services of the cluster, as the caches hold them. */
export interface ServiceCatalog {
  readonly get: (name: ServiceName) => ServiceRecord | undefined
  readonly all: () => Iterable<ServiceRecord>
}

/**
 * Finds the service that an ApiKey means. Pure: it sees what the caches hold. An ApiKey that has its key already costs
 * one look-up, however many services there are.
 */
export function resolveService(wish: ServiceWish, catalog: ServiceCatalog): ServiceResolution {
  const named = wish.ref ?? wish.sticky
  if (named !== undefined) {
    const namespace = named.kind === 'KeyService' ? wish.namespace : ''
    const record = catalog.get({ ...named, namespace })
    return record === undefined
      ? problem(
          'ServiceNotFound',
          `${named.kind} ${named.name} does not exist${
            named.kind === 'KeyService' ? ` in namespace ${wish.namespace}` : ''
          }: create it, or name another in spec.serviceRef`,
        )
      : allowed(wish, record)
  }
  const all = [...catalog.all()].filter(({ spec }) => spec.default)
  const own = all.filter(
    (service) => service.kind === 'KeyService' && service.namespace === wish.namespace,
  )
  const shared = all.filter((service) => service.kind === 'ClusterKeyService')
  const candidates = own.length > 0 ? own : shared
  // One that is being deleted has been succeeded by the other, not joined.
  const staying = candidates.filter((service) => !service.deleting)
  const defaults = staying.length > 0 ? staying : candidates
  const [first, second] = defaults
  if (first === undefined) {
    return problem(
      'ServiceNotFound',
      `Namespace ${wish.namespace} has no default key service: set spec.serviceRef, or spec.default of a KeyService`,
    )
  }
  if (second !== undefined) {
    return problem(
      'ServiceAmbiguous',
      `${defaults
        .map((service) => service.name)
        .sort()
        .join(' and ')} are both the default: set spec.serviceRef, or leave one default`,
    )
  }
  return allowed(wish, first)
}

/** A ClusterKeyService serves the namespaces and the scopes that it names, and nobody else. */
function allowed(wish: ServiceWish, record: ServiceRecord): ServiceResolution {
  if (wish.leaving || !('secretNamespace' in record.spec)) return { kind: 'found', record }
  const { namespaces, scopes } = record.spec
  if (!namespaces.includes('*') && !namespaces.includes(wish.namespace)) {
    return problem(
      'ServiceNotAllowed',
      `ClusterKeyService ${record.name} is not for namespace ${wish.namespace}: its spec.namespaces must name it`,
    )
  }
  const outside = scopes.includes('*') ? [] : wish.scopes.filter((scope) => !scopes.includes(scope))
  if (outside.length > 0) {
    return problem(
      'ServiceNotAllowed',
      `ClusterKeyService ${record.name} does not give ${outside.join(', ')}: its spec.scopes must name them`,
    )
  }
  return { kind: 'found', record }
}

function problem(reason: Reason, message: string): ServiceResolution {
  return { kind: 'problem', reason, message }
}
