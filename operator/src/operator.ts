import { type Caches, createCaches } from './caches.ts'
import { apiVersion, namespaces } from './names.ts'
import { createDigester } from './reconcile/digest.ts'
import { loadDigestKey } from './reconcile/digest-key.ts'
import { reconcile } from './reconcile/reconcile.ts'
import { createRepeats } from './reconcile/repeats.ts'
import { createRest } from './reconcile/rest.ts'
import type { Notify, World } from './reconcile/scene.ts'
import { createSecretIndex } from './reconcile/secret-index.ts'
import { isForbidden } from './runtime/api-error.ts'
import { createKubeClient, type KubeClient } from './runtime/client.ts'
import { type Clock, systemClock } from './runtime/clock.ts'
import { type Controller, createController } from './runtime/controller.ts'
import { createEventRecorder } from './runtime/events.ts'
import { type HealthServer, startHealthServer } from './runtime/health.ts'
import { createLeaderElection, type LeaderElectionOptions } from './runtime/leader-election.ts'
import { type Log, silentLog } from './runtime/log.ts'
import { createRuntimeMetrics, type RuntimeMetrics } from './runtime/metrics.ts'
import { priority } from './runtime/queue.ts'
import type { Transport } from './runtime/transport.ts'
import type { OpenHttp } from './services/connection.ts'
import { Services } from './services/services.ts'
import { createWake } from './wake.ts'

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
    // An Event is a third write per key: a few keys tell everything, a thousand at once tell in their conditions.
    perSecond: 2,
    clock,
    log,
    metrics,
  })

  const secretIndex = createSecretIndex()
  const wake = createWake({
    caches: () => caches,
    services: () => services,
    apiKeyController: () => apiKeyController,
    serviceController: () => serviceController,
    secretIndex,
  })
  const scope = options.namespaces === undefined ? {} : { namespaces: options.namespaces }
  const caches: Caches = createCaches({ client, clock, log, metrics, ...scope }, wake)

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

  const services: Services = new Services({
    client,
    caches: caches.services,
    cluster,
    clock,
    log,
    listIntervalMilliseconds: options.listIntervalMilliseconds ?? 300_000,
    neededBy: wake.neededBy,
    onChanged: wake.onKeysChanged,
    enqueue: (item, afterMilliseconds) =>
      afterMilliseconds === 0
        ? serviceController.enqueue(item, priority.retry)
        : serviceController.enqueueAfter(item, afterMilliseconds),
    ...(options.openHttp && { openHttp: options.openHttp }),
  })
  const world: World = {
    client,
    apiKeys: caches.apiKeys,
    secrets: caches.secrets,
    secretIndex,
    services,
    digester: createDigester(key),
    cluster,
    clock,
    log,
    fence: election.fence,
    notify,
    rest: createRest(),
    repeats: createRepeats(clock.monotonic),
  }
  const apiKeyController: Controller = createController({
    name: 'apikey',
    reconcile: (item) => reconcile(world, item),
    concurrency: options.concurrency ?? 32,
    // A service that fails for one call in ten serves the next one; one that is down is not asked by ApiKeys at all.
    backoff: { baseMilliseconds: 250 },
    clock,
    log,
    metrics,
  })
  const serviceController: Controller = createController({
    name: 'keyservice',
    reconcile: (item) => services.reconcile(item),
    concurrency: 4,
    // One caller per service asks while all its ApiKeys wait, so it may ask often.
    backoff: { capMilliseconds: 30_000 },
    clock,
    log,
    metrics,
  })

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
    await Promise.all(caches.all.map((cache) => cache.synced))
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

  for (const cache of caches.all) cache.start()
  election.start()
  const health: HealthServer | undefined =
    options.health &&
    (await startHealthServer({
      ...options.health,
      registry: metrics.registry,
      caches: caches.all,
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
      await Promise.all(caches.all.map((cache) => cache.stop()))
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
