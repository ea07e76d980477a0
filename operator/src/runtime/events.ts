// Kubernetes Events: what people see under `kubectl describe`. They are written beside the work and never matter to it.

import type { KubeClient } from './client.ts'
import type { Clock } from './clock.ts'
import { type Log, silentLog } from './log.ts'
import type { RuntimeMetrics } from './metrics.ts'
import { microTime } from './micro-time.ts'
import type { Resource } from './resource.ts'
import { TokenBucket } from './token-bucket.ts'

/** The kind that events are written as. */
export const eventResource: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  namespaced: true,
}

/** The object that an event is about. */
export type ObjectReference = {
  readonly apiVersion: string
  readonly kind: string
  /** Undefined for a cluster-scoped object; its events are in `default`. */
  readonly namespace?: string | undefined
  readonly name: string
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
}

/** Something that happened to an object: one transition, not one per reconcile. */
export type RecordedEvent = {
  readonly regarding: ObjectReference
  readonly type: 'Normal' | 'Warning'
  /** UpperCamelCase, from a closed list. */
  readonly reason: string
  /** What was being done, UpperCamelCase. */
  readonly action: string
  /** A sentence for people, without secrets; cut at 1 kB. */
  readonly note: string
}

/** Who reports, and how much of it at most. */
export type EventRecorderOptions = {
  readonly client: Pick<KubeClient, 'create' | 'mergePatch'>
  /** A qualified name, as `example.com/operator`. */
  readonly controller: string
  /** This process, as its pod's name. */
  readonly instance: string
  /** Events at once; 50 unless told. */
  readonly burst?: number
  /** Events over time; 10 per second unless told. */
  readonly perSecond?: number
  readonly clock: Clock
  readonly random?: () => number
  readonly log?: Log
  readonly metrics?: RuntimeMetrics | undefined
}

/** Writes events in the background. */
export type EventRecorder = {
  /** Returns at once; what cannot be written is counted and dropped. Repeats within six minutes become one series. */
  readonly record: (event: RecordedEvent) => void
  /** Resolves when nothing is being written any more. */
  readonly flush: () => Promise<void>
}

/** A series ends when nothing has been added for this long, as with Kubernetes' own recorder. */
const SERIES_MILLISECONDS = 360_000
const REMEMBERED = 1_000
const MAXIMUM_NOTE_BYTES = 1_000

type Series = {
  readonly namespace: string
  readonly name: string
  count: number
  lastAt: number
  written: Promise<boolean>
}

/** Creates a recorder. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock } = options
  const log = options.log ?? silentLog
  const random = options.random ?? Math.random
  const bucket = new TokenBucket({
    clock,
    burst: options.burst ?? 50,
    perSecond: options.perSecond ?? 10,
  })
  const recent = new Map<string, Series>()
  const writing = new Set<Promise<boolean>>()

  /** Runs a write in the background; resolves to whether it worked. */
  const attempt = (write: () => Promise<unknown>): Promise<boolean> => {
    const outcome = write().then(
      () => true,
      (error: unknown) => {
        options.metrics?.eventDropped()
        log.debug({ err: error }, 'Cannot write an event')
        return false
      },
    )
    writing.add(outcome)
    void outcome.then(() => writing.delete(outcome))
    return outcome
  }

  const begin = (key: string, event: RecordedEvent) => {
    const namespace = event.regarding.namespace ?? 'default'
    const unique = `${clock.now().toString(16)}${Math.floor(random() * 2 ** 32).toString(16)}`
    const name = `${event.regarding.name.slice(0, 200)}.${unique}`
    const object = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace, name },
      eventTime: microTime(clock.now()),
      reportingController: options.controller,
      reportingInstance: options.instance,
      action: event.action,
      reason: event.reason,
      regarding: event.regarding,
      note: cutNote(event.note),
      type: event.type,
    }
    const written = attempt(() => client.create(eventResource, object, { metadataOnly: true }))
    recent.set(key, { namespace, name, count: 1, lastAt: clock.now(), written })
    const oldest = recent.keys().next()
    if (recent.size > REMEMBERED && !oldest.done) recent.delete(oldest.value)
  }

  const goOn = (series: Series) => {
    const { namespace, name } = series
    series.count += 1
    series.lastAt = clock.now()
    // At 2, 4, 8 …: a thousand repeats cost ten writes.
    if ((series.count & (series.count - 1)) !== 0 || !bucket.take()) return
    const patch = { series: { count: series.count, lastObservedTime: microTime(series.lastAt) } }
    const created = series.written
    series.written = attempt(async () => {
      if (await created) {
        await client.mergePatch(eventResource, { namespace, name }, patch, { metadataOnly: true })
      }
    })
  }

  return {
    record: (event) => {
      const { regarding, type, reason, action, note } = event
      const key = [regarding.uid ?? regarding.name, type, reason, action, note].join('\n')
      const known = recent.get(key)
      if (known !== undefined && clock.now() - known.lastAt < SERIES_MILLISECONDS) goOn(known)
      else if (bucket.take()) begin(key, event)
      else options.metrics?.eventDropped()
    },
    flush: async () => {
      while (writing.size > 0) await Promise.all(writing)
    },
  }
}

/** The API server refuses notes past 1 kB, counted in bytes. */
function cutNote(note: string): string {
  const bytes = Buffer.from(note)
  if (bytes.length <= MAXIMUM_NOTE_BYTES) return note
  // A character cut in two decodes to a replacement character, which is dropped.
  return `${bytes.toString('utf8', 0, MAXIMUM_NOTE_BYTES - 3).replace(/\uFFFD+$/, '')}…`
}
