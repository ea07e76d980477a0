import type { CacheHandlers, Caches } from './caches.ts'
import { type ApiKeyRecord, needsDecision, statusOf } from './reconcile/api-key-record.ts'
import type { SecretIndex } from './reconcile/secret-index.ts'
import type { Controller } from './runtime/controller.ts'
import { priority } from './runtime/queue.ts'
import { type ServiceName, serviceItem } from './services/service-record.ts'
import type { Services } from './services/services.ts'

/** Whom a change wakes. Everything arrives late, since caches, services and controllers need one another. */
export interface WakeOptions {
  readonly caches: () => Caches
  readonly services: () => Services
  readonly apiKeyController: () => Controller
  readonly serviceController: () => Controller
  readonly secretIndex: SecretIndex
}

/** Turns changes into names in a queue: what a change said is forgotten there, a reconcile reads the state as it is. */
export interface Wake extends CacheHandlers {
  /** The keys of these ApiKeys changed at the service; undefined: every ApiKey that may mean it. */
  readonly onKeysChanged: (service: ServiceName, uids: readonly string[] | undefined) => void
  /** An ApiKey that means this service, as `namespace/name`; undefined when none does. */
  readonly neededBy: (service: ServiceName) => string | undefined
}

/** The rules of who is woken by what. */
export function createWake(options: WakeOptions): Wake {
  const { caches, services, apiKeyController, serviceController, secretIndex } = options
  const itemOfUid = new Map<string, string>()

  function wakeDeletedServices(): void {
    for (const cache of caches().services) {
      for (const service of cache.values()) {
        if (service.deleting) serviceController().enqueue(serviceItem(service))
      }
    }
  }

  function mayMean({ kind, namespace }: ServiceName): (record: ApiKeyRecord) => boolean {
    return (record) => kind === 'ClusterKeyService' || record.namespace === namespace
  }

  function means(record: ApiKeyRecord, service: ServiceName): boolean {
    const { serviceRef: sticky, current } = statusOf(record)
    const found = services().resolve({
      namespace: record.namespace,
      scopes: [],
      ref: JSON.parse(record.spec).serviceRef,
      sticky,
      leaving: record.deleting || current !== undefined,
    })
    return found.kind === 'found' && serviceItem(found.record) === serviceItem(service)
  }

  function onKeysChanged(service: ServiceName, uids: readonly string[] | undefined): void {
    const items =
      uids === undefined
        ? [...caches().apiKeys.values()].filter(mayMean(service)).map(itemOf)
        : uids.flatMap((uid) => itemOfUid.get(uid) ?? [])
    // A service that came back ends every backoff; news about one key may be the echo of a try that failed.
    const urgency = uids === undefined ? priority.retry : priority.timer
    for (const item of items) apiKeyController().enqueue(item, urgency)
  }

  return {
    onApiKey(change) {
      if (!needsDecision(change)) return
      if (change.kind === 'deleted') {
        itemOfUid.delete(change.record.uid)
        apiKeyController().forget(change.key)
        // A service that waits to be deleted may go with its last ApiKey.
        wakeDeletedServices()
      } else {
        itemOfUid.set(change.record.uid, change.key)
      }
      apiKeyController().enqueue(change.key, change.initial ? priority.initial : priority.user)
    },

    onSecret(change) {
      secretIndex.update(change)
      // The reconcile that wrote it goes on with what it wrote.
      if (change.initial || change.written) return
      const item = itemOfUid.get(change.record.ownerUid)
      const owner = item === undefined ? undefined : caches().apiKeys.get(item)
      if (item === undefined || owner === undefined) return
      const told = statusOf(owner).secret?.resourceVersion
      const written = change.kind !== 'deleted' && told === change.record.resourceVersion
      if (!written) apiKeyController().enqueue(item)
    },

    onService({ record, previous, kind }) {
      const same =
        previous?.generation === record.generation && previous.deleting === record.deleting
      if (kind === 'updated' && same) return
      serviceController().enqueue(serviceItem(record))
      // Which service an ApiKey means may be another now, although this one has nothing new to tell.
      if (kind === 'updated') onKeysChanged(record, undefined)
    },

    onKeysChanged,

    neededBy(service) {
      for (const record of caches().apiKeys.values()) {
        if (mayMean(service)(record) && means(record, service)) return itemOf(record)
      }
      return undefined
    },
  }
}

function itemOf({ namespace, name }: ApiKeyRecord): string {
  return `${namespace}/${name}`
}
