import {
  apiKeys,
  clusterKeyServices,
  keyServices,
  managedBy,
  managedByLabel,
  secrets,
} from './names.ts'
import { type ApiKeyRecord, decodeApiKey } from './reconcile/api-key-record.ts'
import { decodeSecret, type SecretRecord } from './reconcile/secret-record.ts'
import type { WatchedCache } from './runtime/health.ts'
import { createInformer, type Informer, type InformerOptions } from './runtime/informer.ts'
import type { Change } from './runtime/record-store.ts'
import { decodeService, type ServiceRecord } from './services/service-record.ts'

/** What the operator keeps of the cluster, and who is told when it changes. */
export interface Caches {
  readonly apiKeys: Informer<ApiKeyRecord>
  readonly secrets: Informer<SecretRecord>
  /** KeyServices, and ClusterKeyServices where the whole cluster is watched. */
  readonly services: readonly Informer<ServiceRecord>[]
  /** All of them by name, for health. */
  readonly all: readonly (WatchedCache &
    Pick<Informer<ApiKeyRecord>, 'start' | 'stop' | 'synced'>)[]
}

/** Who hears of changes. */
export interface CacheHandlers {
  readonly onApiKey: (change: Change<ApiKeyRecord>) => void
  readonly onSecret: (change: Change<SecretRecord>) => void
  readonly onService: (change: Change<ServiceRecord>) => void
}

/** How the caches reach the cluster, and how much of it. */
export type CacheOptions = Pick<
  InformerOptions<ApiKeyRecord>,
  'client' | 'clock' | 'log' | 'metrics' | 'namespaces'
>

/** The caches; nothing is read before they are started. Of Secrets they hold the metadata of ours alone. */
export function createCaches(options: CacheOptions, handlers: CacheHandlers): Caches {
  const apiKeyCache = createInformer<ApiKeyRecord>({
    ...options,
    resource: apiKeys,
    decode: decodeApiKey,
    onChange: handlers.onApiKey,
  })
  const secretCache = createInformer<SecretRecord>({
    ...options,
    resource: secrets,
    decode: decodeSecret,
    labelSelector: `${managedByLabel}=${managedBy}`,
    metadataOnly: true,
    onChange: handlers.onSecret,
  })
  const keyServiceCache = createInformer<ServiceRecord>({
    ...options,
    resource: keyServices,
    decode: decodeService('KeyService'),
    onChange: handlers.onService,
  })
  const named = [
    { name: 'apikeys', ...apiKeyCache },
    { name: 'secrets', ...secretCache },
    { name: 'keyservices', ...keyServiceCache },
  ]
  // No Role reaches what has no namespace.
  if (options.namespaces !== undefined) {
    return { apiKeys: apiKeyCache, secrets: secretCache, services: [keyServiceCache], all: named }
  }
  const clusterCache = createInformer<ServiceRecord>({
    ...options,
    resource: clusterKeyServices,
    decode: decodeService('ClusterKeyService'),
    onChange: handlers.onService,
  })
  return {
    apiKeys: apiKeyCache,
    secrets: secretCache,
    services: [keyServiceCache, clusterCache],
    all: [...named, { name: 'clusterkeyservices', ...clusterCache }],
  }
}
