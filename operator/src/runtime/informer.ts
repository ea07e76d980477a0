// A cache of one kind of object that follows the API server. Readers ask the cache and never the server; the handler
// learns what has changed, after the cache has it.

import type { KubeClient } from './client.ts'
import type { Clock } from './clock.ts'
import { type Log, silentLog } from './log.ts'
import type { RuntimeMetrics } from './metrics.ts'
import { type Change, type InformedRecord, RecordStore } from './record-store.ts'
import { reflect } from './reflector.ts'
import type { KubeObject, Resource } from './resource.ts'

/** What to cache, and how. */
export type InformerOptions<R extends InformedRecord> = {
  readonly client: Pick<KubeClient, 'listPage' | 'watch'>
  readonly resource: Resource
  /**
   * Makes the compact record that is kept; the object itself is dropped. Return a fresh literal whose fields always come in
   * the same order: it takes a fraction of the memory. An object it throws on is left out, with a line in the log.
   */
  readonly decode: (object: KubeObject) => R
  /** Called after each change of the cache, synchronously; what it throws is logged. */
  readonly onChange?: (change: Change<R>) => void
  /** Only these namespaces, one watch each (for a ServiceAccount with Roles alone); all of them unless given. */
  readonly namespaces?: readonly string[] | undefined
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Receives metadata alone: what else the objects hold (Secrets) never enters this process. */
  readonly metadataOnly?: boolean
  readonly clock: Clock
  readonly random?: () => number
  readonly log?: Log
  readonly metrics?: RuntimeMetrics | undefined
}

/** The cache of one kind. Keys are `namespace/name`, or `name` for a cluster-scoped kind (see `recordKey`). */
export type Informer<R extends InformedRecord> = {
  readonly start: () => void
  /** Resolves when nothing is under way any more. The cache stays readable. */
  readonly stop: () => Promise<void>
  /** Resolves when the first complete read is in the cache; never rejects (an API server may come back any time). */
  readonly synced: Promise<void>
  readonly hasSynced: () => boolean
  readonly get: (key: string) => R | undefined
  readonly values: () => Iterable<R>
  readonly size: () => number
  /**
   * Read-your-writes: takes in the decoded answer to a successful write. The handler is called as for a watch event, since
   * the answer may already contain someone else's change, and the event of that version or an older one is then ignored.
   */
  readonly put: (record: R) => void
  /** Milliseconds since the informer last received or tried something; past minutes, it is stuck. */
  readonly idleMilliseconds: () => number
}

/** Creates an informer; nothing happens before `start`. */
export function createInformer<R extends InformedRecord>(options: InformerOptions<R>): Informer<R> {
  const { clock, resource } = options
  const log = options.log ?? silentLog
  const stopping = new AbortController()
  let activeAt = clock.monotonic()
  let running: Promise<unknown> | undefined

  const notify = (change: Change<R>) => {
    try {
      options.onChange?.(change)
    } catch (error) {
      log.error(
        { resource: resource.plural, key: change.key, err: error },
        'A change handler failed',
      )
    }
  }
  const scopes = (options.namespaces ?? ['']).map((namespace) => {
    const first = Promise.withResolvers<void>()
    return { namespace, store: new RecordStore<R>(notify), first, complete: false }
  })
  const only = options.namespaces === undefined ? scopes[0] : undefined
  const byNamespace = new Map(scopes.map((scope) => [scope.namespace, scope.store]))
  const storeOf = (namespace: string) => only?.store ?? byNamespace.get(namespace)
  const size = () => scopes.reduce((sum, { store }) => sum + store.size, 0)
  const metrics = options.metrics?.informer(resource.plural, size)

  return {
    start: () => {
      running ??= Promise.all(
        scopes.map((scope) =>
          reflect(
            {
              client: options.client,
              resource,
              namespace: scope.namespace || undefined,
              labelSelector: options.labelSelector,
              fieldSelector: options.fieldSelector,
              metadataOnly: options.metadataOnly ?? false,
              decode: options.decode,
              store: scope.store,
              clock,
              random: options.random ?? Math.random,
              log,
              metrics,
              onComplete: () => {
                scope.complete = true
                scope.first.resolve()
              },
              onActivity: () => {
                activeAt = clock.monotonic()
              },
            },
            stopping.signal,
          ),
        ),
      )
    },
    stop: async () => {
      stopping.abort()
      await running
    },
    synced: Promise.all(scopes.map(({ first }) => first.promise)).then(() => {}),
    hasSynced: () => scopes.every(({ complete }) => complete),
    get: (key) => (only?.store ?? storeOf(key.slice(0, Math.max(0, key.indexOf('/')))))?.get(key),
    values: function* values() {
      for (const { store } of scopes) yield* store.values()
    },
    size,
    put: (record) => storeOf(record.namespace)?.put(record),
    idleMilliseconds: () => clock.monotonic() - activeAt,
  }
}
