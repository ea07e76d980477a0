import { expect } from 'vitest'
import type { ApiError } from '../../../operator/src/runtime/api-error.ts'
import { createKubeClient, type KubeClient } from '../../../operator/src/runtime/client.ts'
import { systemClock } from '../../../operator/src/runtime/clock.ts'
import { LineSplitter } from '../../../operator/src/runtime/line-splitter.ts'
import type { KubeObject, Resource } from '../../../operator/src/runtime/resource.ts'
import type { Transport } from '../../../operator/src/runtime/transport.ts'
import { widget, widgets } from '../../e2e/widgets.ts'

export const configMaps: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  namespaced: true,
}
export const namespace = 'default'

export type Widget = KubeObject & {
  readonly spec: { readonly size: number }
  readonly status?: { readonly seen: number }
}

/** One line of a watch. */
export interface Event {
  readonly type: string
  readonly object: KubeObject & { readonly code?: number }
}

/** An API server, asked through the runtime's own client. */
export interface World {
  readonly client: KubeClient
  readonly create: (name: string, size?: number, metadata?: object) => Promise<Widget>
  readonly get: (name: string) => Promise<Widget>
  /** Reads a watch until what came is enough. */
  readonly watch: (
    query: Readonly<Record<string, string>>,
    enough: (events: readonly Event[]) => boolean,
    options?: object,
  ) => Promise<Event[]>
}

export function apiServerWorld(transport: Transport): World {
  const client = createKubeClient({ transport, clock: systemClock() })
  return {
    client,
    create: (name, size = 1, metadata = {}) =>
      client.create<Widget>(widgets, widget(name, size, metadata)),
    get: (name) => client.get<Widget>(widgets, { namespace, name }),
    async watch(query, enough, options = {}) {
      const events: Event[] = []
      const abort = new AbortController()
      const splitter = new LineSplitter((line) => {
        events.push(JSON.parse(line) as Event)
        if (enough(events)) abort.abort()
      })
      const asked = {
        namespace,
        ...options,
        query: { allowWatchBookmarks: 'true', ...query },
        signal: abort.signal,
      }
      await client
        .watch(widgets, asked, (chunk) => splitter.push(chunk))
        .catch((error: ApiError) => {
          if (error.reason !== 'Aborted') throw error
        })
      return events
    },
  }
}

/** The error of what must fail. */
export function failure(promise: Promise<unknown>): Promise<ApiError> {
  return promise.then(
    () => expect.unreachable('it should have failed'),
    (error: ApiError) => error,
  )
}
