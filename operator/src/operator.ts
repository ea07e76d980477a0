import {
  apiKeys,
  apiVersion,
  clusterKeyServices,
  keyServices,
  managedBy,
  managedByLabel,
  namespaces,
  secrets,
} from './names.ts'
import {
  type ApiKeyRecord,
  decodeApiKey,
  needsDecision,
  statusOf,
} from './reconcile/api-key-record.ts'
import { createDigester } from './reconcile/digest.ts'
import { loadDigestKey } from './reconcile/digest-key.ts'
import { reconcile } from './reconcile/reconcile.ts'
import type { Notify, World } from './reconcile/scene.ts'
import { createSecretIndex } from './reconcile/secret-index.ts'
import { decodeSecret, type SecretRecord } from './reconcile/secret-record.ts'
import { isForbidden } from './runtime/api-error.ts'
import { createKubeClient, type KubeClient } from './runtime/client.ts'
import { type Clock, systemClock } from './runtime/clock.ts'
import { createController } from './runtime/controller.ts'
import { createEventRecorder } from './runtime/events.ts'
import { type HealthServer, startHealthServer } from './runtime/health.ts'
import { createInformer } from './runtime/informer.ts'
import { createLeaderElection, type LeaderElectionOptions } from './runtime/leader-election.ts'
import { type Log, silentLog } from './runtime/log.ts'
import { createRuntimeMetrics, type RuntimeMetrics } from './runtime/metrics.ts'
import { priority } from './runtime/queue.ts'
import type { Change } from './runtime/record-store.ts'
import type { Transport } from './runtime/transport.ts'
import type { OpenHttp } from './services/connection.ts'
import {
  decodeService,
  type ServiceName,
  type ServiceRecord,
  serviceItem,
} from './services/service-record.ts'
import { Services } from './services/services.ts'

/** What one operator process is made of. */
export interface OperatorOptions {
  /** The way to the API server; the operator closes it when it stops. */
  readonly transport: Transport
  /** The operator's own namespace: its Lease and the key of its digests. */
  readonly namespace: string
  /** Unique per process. */
  readonly identity: string
  /** Watch these namespaces alone, with Roles alone; ClusterKeyServices are not seen then. */
  readonly namespaces?: readonly string[]
  /** 0 takes any free port; without one there is no health server. */
  readonly health?: { readonly host?: string; readonly port: number }
  readonly concurrency?: number
  /** How often the complete list of our keys is read from each service. Default: five minutes. */
  readonly listIntervalMilliseconds?: number
  readonly lease?: Pick<
    LeaderElectionOptions,
    'leaseDurationMilliseconds' | 'renewDeadlineMilliseconds' | 'retryPeriodMilliseconds'
  >
  readonly openHttp?: OpenHttp
  readonly clock?: Clock
  readonly log?: Log
}

/** A running operator. */
export interface Operator {
  readonly metrics: RuntimeMetrics
  readonly healthPort: number | undefined
  readonly isLeader: () => boolean
  /** Resolves when it leads and its caches are complete. */
  readonly leading: () => Promise<void>
  /** Nothing waits and nothing runs; what is due later does not count. */
  readonly isIdle: () => boolean
  /** Hands over: finishes what runs, releases the Lease, closes every connection. */
  readonly stop: () => Promise<void>
}

/**
 * Starts the operator: caches, services, the reconcile of every ApiKey, leader election. Every process keeps warm
 * caches; only the leader acts.
 */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const clock = options.clock ?? systemClock()
  const log = options.log ?? silentLog
  const metrics = createRuntimeMetrics()
  const { transport } = options
  const client = createKubeClient({ transport, clock, metrics })
  const leaseClient = createKubeClient({
    transport: { ...transport, send: transport.sendLease },
    clock,
    metrics,
  })
  const { key, uid } = await loadDigestKey(client, options.namespace)
  const cluster = await clusterId(client, uid)
  const events = createEventRecorder({
    client,
    controller: 'latchkey.dev/operator',
    instance: options.identity,
    clock,
    log,
    metrics,
  })

  const secretIndex = createSecretIndex()
  const itemOfUid = new Map<string, string>()
  const scope = options.namespaces === undefined ? {} : { namespaces: options.namespaces }
  const watching = { client, clock, log, metrics, ...scope }
  const apiKeyCache = createInformer<ApiKeyRecord>({
    ...watching,
    resource: apiKeys,
    decode: decodeApiKey,
    onChange: onApiKey,
  })
  const secretCache = createInformer<SecretRecord>({
    ...watching,
    resource: secrets,
    decode: decodeSecret,
    labelSelector: `${managedByLabel}=${managedBy}`,
    metadataOnly: true,
    onChange: onSecret,
  })
  const serviceCaches = [
    createInformer<ServiceRecord>({
      ...watching,
      resource: keyServices,
      decode: decodeService('KeyService'),
      onChange: onService,
    }),
    ...(options.namespaces === undefined
      ? [
          createInformer<ServiceRecord>({
            ...watching,
            resource: clusterKeyServices,
            decode: decodeService('ClusterKeyService'),
            onChange: onService,
          }),
        ]
      : []),
  ]
  const caches = [apiKeyCache, secretCache, ...serviceCaches]

  const election = createLeaderElection({
    client: leaseClient,
    namespace: options.namespace,
    name: 'latchkey-operator',
    identity: options.identity,
    ...options.lease,
    clock,
    log,
    metrics,
    onAcquired: () => void lead(),
    onLost: () => void follow(),
  })

  const services = new Services({
    client,
    caches: serviceCaches,
    cluster,
    clock,
    log,
    listIntervalMilliseconds: options.listIntervalMilliseconds ?? 300_000,
    isNeeded: (service) => [...apiKeysOf(service)].length > 0,
    onChanged: onKeysChanged,
    enqueue: (item) => serviceController.enqueue(item, priority.retry),
    ...(options.openHttp && { openHttp: options.openHttp }),
  })
  const world: World = {
    client,
    apiKeys: apiKeyCache,
    secrets: secretCache,
    secretIndex,
    services,
    digester: createDigester(key),
    cluster,
    clock,
    log,
    fence: election.fence,
    notify,
  }
  const apiKeyController = createController({
    name: 'apikey',
    reconcile: (item) => reconcile(world, item),
    concurrency: options.concurrency ?? 32,
    // A service that fails for one call in ten serves the next one; one that is down is not asked by ApiKeys at all.
    backoff: { baseMilliseconds: 250 },
    clock,
    log,
    metrics,
  })
  const serviceController = createController({
    name: 'keyservice',
    reconcile: (item) => services.reconcile(item),
    concurrency: 4,
    // One caller per service asks while all its ApiKeys wait, so it may ask often.
    backoff: { capMilliseconds: 30_000 },
    clock,
    log,
    metrics,
  })

  function onApiKey(change: Change<ApiKeyRecord>): void {
    if (!needsDecision(change)) return
    itemOfUid.set(change.record.uid, change.key)
    if (change.kind === 'deleted') {
      itemOfUid.delete(change.record.uid)
      apiKeyController.forget(change.key)
      // A service that waits to be deleted may go with its last ApiKey.
      for (const cache of serviceCaches) {
        for (const service of cache.values())
          if (service.deleting) serviceController.enqueue(serviceItem(service))
      }
    }
    apiKeyController.enqueue(change.key, change.initial ? priority.initial : priority.user)
  }

  function onSecret(change: Change<SecretRecord>): void {
    secretIndex.update(change)
    if (change.initial) return
    const { record, kind } = change
    const owner = ownerOf(record)
    if (owner === undefined) return
    const told = statusOf(owner).secret
    const written = kind !== 'deleted' && told?.resourceVersion === record.resourceVersion
    if (!written) apiKeyController.enqueue(`${owner.namespace}/${owner.name}`)
  }

  function ownerOf({ ownerUid }: SecretRecord): ApiKeyRecord | undefined {
    const item = itemOfUid.get(ownerUid)
    return item === undefined ? undefined : apiKeyCache.get(item)
  }

  function onService({ record, previous, kind }: Change<ServiceRecord>): void {
    const same = previous?.generation === record.generation && previous.deleting === record.deleting
    if (kind === 'updated' && same) return
    serviceController.enqueue(serviceItem(record))
    // Which service an ApiKey means may be another now, although this one has nothing new to tell.
    if (kind === 'updated') onKeysChanged(record, undefined)
  }

  function* apiKeysOf(service: ServiceName): Iterable<ApiKeyRecord> {
    for (const record of apiKeyCache.values()) {
      if (service.kind === 'KeyService' && record.namespace !== service.namespace) continue
      const found = services.resolve({
        namespace: record.namespace,
        scopes: [],
        ref: JSON.parse(record.spec).serviceRef,
        sticky: statusOf(record).serviceRef,
      })
      if (found.kind === 'found' && serviceItem(found.record) === serviceItem(service)) yield record
    }
  }

  function onKeysChanged(service: ServiceName, uids: readonly string[] | undefined): void {
    const items =
      uids === undefined
        ? [...apiKeyCache.values()]
            .filter(
              ({ namespace }) =>
                service.kind === 'ClusterKeyService' || namespace === service.namespace,
            )
            .map(({ namespace, name }) => `${namespace}/${name}`)
        : uids.flatMap((uid) => itemOfUid.get(uid) ?? [])
    for (const item of items) apiKeyController.enqueue(item, priority.timer)
  }

  function notify(...[about, type, reason, note]: Parameters<Notify>): void {
    const { namespace, name, uid } = about
    const regarding = { apiVersion, kind: 'ApiKey', namespace, name, uid }
    events.record({ regarding, type, reason, action: 'Reconcile', note })
  }

  let started: () => void = () => undefined
  const leading = new Promise<void>((resolve) => {
    started = resolve
  })

  async function lead(): Promise<void> {
    await Promise.all(caches.map((cache) => cache.synced))
    if (!election.isLeader()) return
    log.info({ identity: options.identity }, 'Leading')
    serviceController.start()
    apiKeyController.start()
    started()
  }

  async function follow(): Promise<void> {
    log.info({ identity: options.identity }, 'Not leading any more')
    await Promise.all([apiKeyController.stop(), serviceController.stop()])
  }

  for (const cache of caches) cache.start()
  election.start()
  const health: HealthServer | undefined =
    options.health &&
    (await startHealthServer({
      ...options.health,
      registry: metrics.registry,
      caches: caches.map((cache, index) => ({
        name: ['apikeys', 'secrets', 'keyservices', 'clusterkeyservices'][index] ?? '',
        hasSynced: cache.hasSynced,
        idleMilliseconds: cache.idleMilliseconds,
      })),
    }))

  return {
    metrics,
    healthPort: health?.port,
    isLeader: election.isLeader,
    leading: () => leading,
    isIdle: () => apiKeyController.isIdle() && serviceController.isIdle(),
    async stop() {
      await Promise.all([apiKeyController.stop(), serviceController.stop()])
      await election.stop()
      await Promise.all(caches.map((cache) => cache.stop()))
      await services.close()
      await events.flush()
      await health?.close()
      await transport.close()
    },
  }
}

/**
 * The identity of the cluster in every ownership mark: the uid of `kube-system`. Where only single namespaces may be
 * read, the uid of the operator's own Secret stands in.
 */
async function clusterId(client: KubeClient, fallback: string): Promise<string> {
  try {
    const { metadata } = await client.get(
      namespaces,
      { name: 'kube-system' },
      { metadataOnly: true },
    )
    return metadata.uid ?? fallback
  } catch (error) {
    if (isForbidden(error)) return fallback
    throw error
  }
}
