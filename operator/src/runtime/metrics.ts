// The metrics of controller-runtime under its own names and labels, so that dashboards and alerts made for Go operators
// work for this one, and a few of our own where it has none.

import { Gauge, Histogram, Registry } from 'prom-client'
import { createTally } from './tally.ts'

/** What one controller tells about itself; read at scrape time. */
export type ControllerGauges = {
  readonly concurrency: number
  readonly activeWorkers: () => number
  readonly depth: () => number
  readonly unfinishedSeconds: () => number
  readonly longestRunningSeconds: () => number
}

/** What one controller reports as it happens. */
export type ControllerMetrics = {
  readonly added: () => void
  readonly retried: () => void
  readonly started: (queuedSeconds: number) => void
  readonly finished: (result: ReconcileResult, seconds: number) => void
  readonly panicked: () => void
  readonly timedOut: () => void
}

/** controller-runtime's word for how a reconcile ended; `terminal` counts as an error there too. */
export type ReconcileResult = 'success' | 'error' | 'requeue_after' | 'terminal'

/** What one informer reports. */
export type InformerMetrics = {
  readonly relisted: () => void
  readonly failed: (reason: string) => void
}

/** All metrics of the runtime, in a registry of their own. */
export type RuntimeMetrics = {
  /** Add your own metrics here; the health server serves it. */
  readonly registry: Registry
  readonly countRequest: (code: number | '<error>', method: string, host: string) => void
  /** Registers one controller; once per name. */
  readonly controller: (name: string, gauges: ControllerGauges) => ControllerMetrics
  /** Registers one informer; once per resource. */
  readonly informer: (resource: string, records: () => number) => InformerMetrics
  /** Registers one leader election. */
  readonly leader: (name: string, isLeader: () => boolean) => void
  readonly eventDropped: () => void
}

/** Creates the metrics; nothing global, so that two operators (or tests) in one process do not meet. */
export function createRuntimeMetrics(): RuntimeMetrics {
  const registry = new Registry()
  const registers = [registry]
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ) => createTally({ name, help, labelNames, registers })
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: readonly number[],
  ) => new Histogram({ name, help, labelNames, buckets: [...buckets], registers })
  const gauge = createGauges(registry)

  const requests = counter('rest_client_requests_total', 'HTTP requests to the API server', [
    'code',
    'method',
    'host',
  ])
  const reconciles = counter('controller_runtime_reconcile_total', 'Reconciles per controller', [
    'controller',
    'result',
  ])
  const one = ['controller'] as const
  const errors = counter('controller_runtime_reconcile_errors_total', 'Failed reconciles', one)
  const terminal = counter(
    'controller_runtime_terminal_reconcile_errors_total',
    'Reconciles that fail until someone changes the object',
    one,
  )
  const panics = counter('controller_runtime_reconcile_panics_total', 'Bugs met in reconciles', one)
  const timeouts = counter(
    'controller_runtime_reconcile_timeouts_total',
    'Reconciles cut off by the timeout',
    one,
  )
  const seconds = histogram(
    'controller_runtime_reconcile_time_seconds',
    'Duration of a reconcile',
    one,
    RECONCILE_BUCKETS,
  )
  const queue = ['name', 'controller'] as const
  const adds = counter('workqueue_adds_total', 'Items added to the queue', queue)
  const retries = counter('workqueue_retries_total', 'Items added again after a failure', queue)
  const queued = histogram(
    'workqueue_queue_duration_seconds',
    'Wait in the queue',
    queue,
    QUEUE_BUCKETS,
  )
  const worked = histogram('workqueue_work_duration_seconds', 'Time at work', queue, QUEUE_BUCKETS)
  const relists = counter('informer_relists_total', 'Full reads of a collection', ['resource'])
  const failures = counter('informer_errors_total', 'Watches and lists that failed', [
    'resource',
    'reason',
  ])
  const eventsDropped = counter('event_recorder_dropped_total', 'Events not written', [])

  return {
    registry,
    countRequest: (code, method, host) => requests.of({ code: String(code), method, host })(),
    controller: (name, gauges) => {
      const labels = { name, controller: name }
      gauge(
        'controller_runtime_max_concurrent_reconciles',
        { controller: name },
        () => gauges.concurrency,
      )
      gauge('controller_runtime_active_workers', { controller: name }, gauges.activeWorkers)
      gauge('workqueue_depth', labels, gauges.depth)
      gauge('workqueue_unfinished_work_seconds', labels, gauges.unfinishedSeconds)
      gauge('workqueue_longest_running_processor_seconds', labels, gauges.longestRunningSeconds)
      const only = { controller: name }
      const endedWith = (result: string) => reconciles.of({ controller: name, result })
      const ended = {
        success: endedWith('success'),
        error: endedWith('error'),
        terminal: endedWith('error'),
        requeue_after: endedWith('requeue_after'),
        requeue: endedWith('requeue'),
      }
      const [failed, stalled] = [errors.of(only), terminal.of(only)]
      const queuedFor = queued.labels(labels)
      const workedFor = worked.labels(labels)
      const reconciledFor = seconds.labels(only)
      return {
        added: adds.of(labels),
        retried: retries.of(labels),
        started: (queuedSeconds) => queuedFor.observe(queuedSeconds),
        finished: (result, duration) => {
          reconciledFor.observe(duration)
          workedFor.observe(duration)
          ended[result]()
          if (result === 'terminal') stalled()
          if (result === 'terminal' || result === 'error') failed()
        },
        panicked: panics.of(only),
        timedOut: timeouts.of(only),
      }
    },
    informer: (resource, records) => {
      gauge('informer_records', { resource }, records)
      return {
        relisted: relists.of({ resource }),
        failed: (reason) => failures.of({ resource, reason })(),
      }
    },
    leader: (name, isLeader) => {
      gauge('leader_election_master_status', { name }, () => (isLeader() ? 1 : 0))
    },
    eventDropped: eventsDropped.of({}),
  }
}

/** Gauges that are read when scraped: several sources per name, told apart by their labels. */
function createGauges(registry: Registry) {
  type Source = { readonly labels: Readonly<Record<string, string>>; readonly read: () => number }
  const sources = new Map<keyof typeof GAUGE_HELP, Source[]>()
  return (
    name: keyof typeof GAUGE_HELP,
    labels: Readonly<Record<string, string>>,
    read: () => number,
  ): void => {
    const known = sources.get(name)
    if (known !== undefined) {
      known.push({ labels, read })
      return
    }
    const own: Source[] = [{ labels, read }]
    sources.set(name, own)
    new Gauge({
      name,
      help: GAUGE_HELP[name],
      labelNames: Object.keys(labels),
      registers: [registry],
      collect() {
        for (const source of own) this.set(source.labels, source.read())
      },
    })
  }
}

const GAUGE_HELP = {
  controller_runtime_max_concurrent_reconciles: 'Reconciles that may run at once',
  controller_runtime_active_workers: 'Reconciles that run',
  workqueue_depth: 'Items that wait in the queue',
  workqueue_unfinished_work_seconds: 'Time at work of all items that are not finished, added up',
  workqueue_longest_running_processor_seconds: 'Time at work of the oldest item',
  informer_records: 'Objects in the cache',
  leader_election_master_status: 'Whether this instance leads',
} as const

const RECONCILE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
  1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
] as const
const QUEUE_BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000] as const
