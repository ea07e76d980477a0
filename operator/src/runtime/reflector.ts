// Keeps one RecordStore equal to one collection of the API server, forever: read everything, follow the changes, resume
// where a connection broke, read everything again when the server has forgotten where we were.

import { ApiError } from './api-error.ts'
import { fullJitter } from './backoff.ts'
import type { KubeClient } from './client.ts'
import { type Clock, sleep } from './clock.ts'
import type { Log } from './log.ts'
import type { MetadataHead } from './metadata-head.ts'
import type { InformerMetrics } from './metrics.ts'
import { type InformedRecord, type RecordStore, recordKey } from './record-store.ts'
import type { KubeObject, Resource } from './resource.ts'
import { readWatch, type WatchEnd, type WatchEvent } from './watch-stream.ts'

/** What a reflector needs to know. */
export type ReflectorOptions<R extends InformedRecord> = {
  readonly client: Pick<KubeClient, 'listPage' | 'watch'>
  readonly resource: Resource
  readonly namespace: string | undefined
  readonly labelSelector: string | undefined
  readonly fieldSelector: string | undefined
  readonly metadataOnly: boolean
  readonly decode: (object: KubeObject) => R
  readonly store: RecordStore<R>
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly metrics: InformerMetrics | undefined
  /** The store holds a complete snapshot; called after every complete read. */
  readonly onComplete: () => void
  /** The loop lives: bytes came, or something is being tried. */
  readonly onActivity: () => void
}

const RETRY = { baseMilliseconds: 800, capMilliseconds: 30_000 }
/** A stream that ends in order sooner than this is no stream: reconnecting at once would be a storm. */
const SHORT_LIFE_MILLISECONDS = 1_000
/** Only a stream that lasted proves that the trouble is over; a read that succeeds may be followed by the next 410. */
const HEALTHY_LIFE_MILLISECONDS = 5_000
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'

/** Runs until the signal fires. Never rejects: every failure is a delay, a metric and a line in the log. */
export async function reflect<R extends InformedRecord>(
  options: ReflectorOptions<R>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, store, log } = options
  const about = { resource: options.resource.plural, namespace: options.namespace }
  let resourceVersion: string | undefined
  let streamsInitialEvents = true
  let listNext = false
  let failures = 0

  const completed = (version: string) => {
    store.endList(version)
    resourceVersion = version
    options.onComplete()
  }

  const decode = (object: KubeObject): R | undefined => {
    try {
      return options.decode(object)
    } catch (error) {
      options.metrics?.failed('Decode')
      log.error({ ...about, name: object.metadata.name, err: error }, 'Cannot decode an object')
      return undefined
    }
  }

  const apply = (object: KubeObject) => {
    const record = decode(object)
    if (record !== undefined) store.apply(record)
  }

  const remove = (object: KubeObject, version: string) => {
    const { namespace = '', name = '' } = object.metadata
    const known = store.get(recordKey({ namespace, name }))
    const record = decode(object) ?? (known && { ...known, resourceVersion: version })
    if (record !== undefined) store.remove(record)
  }

  const onEvent = ({ type, object }: WatchEvent) => {
    const version = object.metadata.resourceVersion ?? ''
    if (type === 'BOOKMARK') {
      if (resourceVersion === undefined) {
        if (object.metadata.annotations?.[INITIAL_EVENTS_END] === 'true') completed(version)
        return
      }
      store.advance(version)
    } else if (type === 'DELETED') remove(object, version)
    else apply(object)
    if (resourceVersion !== undefined) resourceVersion = version
  }

  /** The echo of a write of ours, whose answer `put` has taken in. */
  const passOver = (head: MetadataHead): boolean => {
    if (resourceVersion === undefined) return false
    const known = store.get(recordKey({ ...head, namespace: head.namespace ?? '' }))
    if (known?.resourceVersion !== head.resourceVersion) return false
    resourceVersion = head.resourceVersion
    store.advance(resourceVersion)
    return true
  }

  const listEverything = async () => {
    store.beginList()
    let continueToken: string | undefined
    let version = ''
    do {
      const page = await options.client.listPage(options.resource, {
        ...selection(options),
        continueToken,
        signal,
      })
      options.onActivity()
      for (const object of page.items) apply(object)
      version ||= page.resourceVersion
      continueToken = page.continueToken
    } while (continueToken !== undefined)
    completed(version)
  }

  const watch = () => {
    if (resourceVersion === undefined) store.beginList()
    return readWatch({
      client: options.client,
      resource: options.resource,
      options: { ...selection(options), query: watchQuery(resourceVersion, options.random) },
      clock,
      signal,
      onBytes: options.onActivity,
      passOver: options.metadataOnly ? passOver : undefined,
      onEvent,
    })
  }

  while (!signal.aborted) {
    options.onActivity()
    const startedAt = clock.monotonic()
    if (resourceVersion === undefined) options.metrics?.relisted()
    let end: WatchEnd
    if (resourceVersion === undefined && (listNext || !streamsInitialEvents)) {
      listNext = false
      end = await listEverything().then((): WatchEnd => ({ kind: 'ended' }), endOfList)
      if (end.kind === 'ended') continue
    } else end = await watch()
    if (signal.aborted) return

    const lived = clock.monotonic() - startedAt
    if (resourceVersion !== undefined && lived >= HEALTHY_LIFE_MILLISECONDS) failures = 0
    const initial = resourceVersion === undefined
    if (end.kind === 'gone') {
      log.info(about, 'The watch is too far behind, reading everything again')
      resourceVersion = undefined
      failures += 1
      if (failures === 1) continue
    } else if (end.kind === 'ended') {
      // An old server ignores the request for initial events and never says that they are over.
      listNext = initial
      if (lived >= SHORT_LIFE_MILLISECONDS) continue
      failures += 1
    } else if (initial && streamsInitialEvents && refusesInitialEvents(end.error)) {
      log.info(about, 'The server does not stream initial events, listing instead')
      streamsInitialEvents = false
      continue
    } else {
      failures += 1
      // A stream that never gets to its first bookmark may do better as pages.
      listNext = initial && failures % 2 === 0
      options.metrics?.failed(end.reason)
      log.warn({ ...about, reason: end.reason, err: end.error, failures }, 'The watch broke')
    }
    const asked = end.kind === 'failed' ? (end.retryAfterSeconds ?? 0) * 1000 : 0
    const jitter = fullJitter({ ...RETRY, attempt: failures, random: options.random })
    await sleep(clock, Math.max(asked, jitter), signal)
  }
}

function selection<R extends InformedRecord>(options: ReflectorOptions<R>) {
  const { namespace, labelSelector, fieldSelector, metadataOnly } = options
  return { namespace, labelSelector, fieldSelector, metadataOnly }
}

function watchQuery(
  resourceVersion: string | undefined,
  random: () => number,
): Record<string, string> {
  const query: Record<string, string> = {
    allowWatchBookmarks: 'true',
    // Spread out, so that not all watches of all replicas come back in the same second.
    timeoutSeconds: String(300 + Math.floor(random() * 300)),
  }
  if (resourceVersion !== undefined) return { ...query, resourceVersion }
  return { ...query, sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
}

/** 422 without the feature gate, 400 where the parameters are unknown. */
function refusesInitialEvents(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 422)
}

function endOfList(error: unknown): WatchEnd {
  if (!(error instanceof ApiError)) return { kind: 'failed', reason: 'Unknown', error }
  if (error.status === 410) return { kind: 'gone' }
  return { kind: 'failed', reason: error.reason, error, retryAfterSeconds: error.retryAfterSeconds }
}
