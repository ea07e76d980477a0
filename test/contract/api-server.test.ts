// What the runtime relies on in an API server, asked of the real one and of the fake that stands in for it: a fake that
// drifts away from the real thing fails here.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type ApiError,
  isAlreadyExists,
  isConflict,
  isGone,
  isInvalid,
  isNotFound,
} from '../../operator/src/runtime/api-error.ts'
import { createKubeClient, type KubeClient } from '../../operator/src/runtime/client.ts'
import { systemClock } from '../../operator/src/runtime/clock.ts'
import { LineSplitter } from '../../operator/src/runtime/line-splitter.ts'
import type { KubeObject, Resource } from '../../operator/src/runtime/resource.ts'
import { createTransport, type Transport } from '../../operator/src/runtime/transport.ts'
import { startTestCluster } from '../e2e/cluster.ts'
import { clusterTransport } from '../e2e/cluster-transport.ts'
import { widget, widgetDefinition, widgets } from '../e2e/widgets.ts'
import { plainAccess } from '../fakes/api-server/plain-access.ts'
import { startFakeApiServer } from '../fakes/api-server/start.ts'

type Subject = { readonly transport: Transport; readonly stop: () => Promise<void> }

const subjects: readonly { readonly name: string; readonly start: () => Promise<Subject> }[] = [
  {
    name: 'the fake',
    start: async () => {
      const server = await startFakeApiServer()
      return { transport: createTransport(plainAccess(server.url)), stop: server.close }
    },
  },
  {
    name: 'the real one',
    start: async () => {
      const cluster = await startTestCluster({ install: 'nothing' })
      await cluster.apply([widgetDefinition])
      await cluster.kubectl('wait', '--for=condition=Established', 'crd/widgets.runtime.test')
      return { transport: clusterTransport(cluster), stop: cluster.stop }
    },
  },
]

const configMaps: Resource = { group: '', version: 'v1', plural: 'configmaps', namespaced: true }
const namespace = 'default'

type Widget = KubeObject & {
  readonly spec: { readonly size: number }
  readonly status?: { readonly seen: number }
}
type Event = { readonly type: string; readonly object: KubeObject & { readonly code?: number } }

describe.each(subjects)('an API server: $name', ({ start }) => {
  let subject: Subject
  let client: KubeClient
  beforeAll(async () => {
    subject = await start()
    client = createKubeClient({ transport: subject.transport, clock: systemClock() })
  })
  afterAll(async () => {
    await subject?.transport.close()
    await subject?.stop()
  })

  const create = (name: string, size = 1, metadata: object = {}) =>
    client.create<Widget>(widgets, widget(name, size, metadata))
  const get = (name: string) => client.get<Widget>(widgets, { namespace, name })
  const failure = (promise: Promise<unknown>): Promise<ApiError> =>
    promise.then(
      () => expect.unreachable('it should have failed'),
      (error: ApiError) => error,
    )

  /** Reads a watch until the last event is as wanted. */
  async function watch(
    query: Record<string, string>,
    enough: (events: readonly Event[]) => boolean,
    options: object = {},
  ) {
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
  }

  describe('creation', () => {
    test('gives uid, version, time and generation, and drops the status', async () => {
      const created = await client.create<Widget>(widgets, {
        ...widget('new', 1),
        status: { seen: 9 },
      } as Widget)
      expect(created.metadata).toMatchObject({
        name: 'new',
        namespace,
        generation: 1,
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        resourceVersion: expect.stringMatching(/^[1-9][0-9]*$/),
        creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      })
      expect(created.status).toBeUndefined()
      expect(await get('new')).toMatchObject({ metadata: created.metadata, spec: { size: 1 } })
    })

    test('of a name that is taken is AlreadyExists', async () => {
      await create('taken')
      expect(isAlreadyExists(await failure(create('taken')))).toBe(true)
    })

    test('as a dry run stores nothing, and still finds that a name is taken', async () => {
      const dry = await client.create<Widget>(widgets, widget('dry', 1), { dryRun: true })
      expect(dry.metadata.uid).toBeDefined()
      expect(isNotFound(await failure(get('dry')))).toBe(true)
      await create('dry')
      expect(
        isAlreadyExists(await failure(client.create(widgets, widget('dry', 1), { dryRun: true }))),
      ).toBe(true)
    })

    test('makes up a name from generateName', async () => {
      const metadata = { namespace, generateName: 'made-' }
      const created = await client.create(widgets, { ...widget('', 1), metadata })
      expect(created.metadata.name).toMatch(/^made-.{5}$/)
    })
  })

  describe('reading', () => {
    test('what is not there is NotFound', async () => {
      const error = await failure(get('nowhere'))
      expect(error).toMatchObject({ status: 404, reason: 'NotFound', details: { name: 'nowhere' } })
    })

    test('as metadata alone shows nothing else', async () => {
      const object = { metadata: { namespace, name: 'private' }, data: { secret: 'x' } }
      await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', ...object })
      const read = await client.get(
        configMaps,
        { namespace, name: 'private' },
        { metadataOnly: true },
      )
      expect(read).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'private' } })
      expect(read).not.toHaveProperty('data')
    })
  })

  describe('a change', () => {
    test('of the spec raises version and generation; of metadata, the version alone; of nothing, nothing', async () => {
      const created = await create('counts')
      const name = { namespace, name: 'counts' }
      const spec = await client.mergePatch<Widget>(widgets, name, { spec: { size: 2 } })
      expect(spec.metadata.generation).toBe(2)
      expect(Number(spec.metadata.resourceVersion)).toBeGreaterThan(
        Number(created.metadata.resourceVersion),
      )
      const labels = await client.mergePatch<Widget>(widgets, name, {
        metadata: { labels: { a: 'b' } },
      })
      expect(labels.metadata.generation).toBe(2)
      expect(labels.metadata.resourceVersion).not.toBe(spec.metadata.resourceVersion)
      const nothing = await client.mergePatch<Widget>(widgets, name, { spec: { size: 2 } })
      expect(nothing.metadata.resourceVersion).toBe(labels.metadata.resourceVersion)
    })

    test('of the status leaves the rest alone, and the rest leaves the status alone', async () => {
      await create('halves')
      const name = { namespace, name: 'halves' }
      const both = { spec: { size: 7 }, status: { seen: 1 } }
      const status = await client.mergePatch<Widget>(widgets, name, both, { subresource: 'status' })
      expect(status).toMatchObject({
        spec: { size: 1 },
        status: { seen: 1 },
        metadata: { generation: 1 },
      })
      const rest = await client.mergePatch<Widget>(widgets, name, {
        spec: { size: 8 },
        status: { seen: 2 },
      })
      expect(rest).toMatchObject({
        spec: { size: 8 },
        status: { seen: 1 },
        metadata: { generation: 2 },
      })
    })

    test('of an older version is a Conflict, by PUT and by guarded patch', async () => {
      const old = await create('guarded')
      const name = { namespace, name: 'guarded' }
      const newer = await client.mergePatch<Widget>(widgets, name, { spec: { size: 2 } })
      expect(isConflict(await failure(client.replace(widgets, old)))).toBe(true)
      const guard = { resourceVersion: old.metadata.resourceVersion ?? '' }
      expect(
        isConflict(await failure(client.mergePatch(widgets, name, { spec: { size: 3 } }, guard))),
      ).toBe(true)
      const replaced = await client.replace<Widget>(widgets, {
        ...newer,
        spec: { size: 4 },
      } as Widget)
      expect(replaced.spec.size).toBe(4)
      const guardNow = { resourceVersion: replaced.metadata.resourceVersion ?? '' }
      const patched = await client.mergePatch<Widget>(
        widgets,
        name,
        { spec: { size: 5 } },
        guardNow,
      )
      expect(patched.spec.size).toBe(5)
    })

    test('of a custom resource by PUT needs the version that it is based on', async () => {
      await create('based')
      expect(isInvalid(await failure(client.replace(widgets, widget('based', 2))))).toBe(true)
    })

    test('by JSON patch happens as a whole or not at all', async () => {
      await create('steps')
      const name = { namespace, name: 'steps' }
      const wrong = client.jsonPatch(widgets, name, [
        { op: 'replace', path: '/spec/size', value: 5 },
        { op: 'test', path: '/spec/size', value: 6 },
      ])
      expect(isInvalid(await failure(wrong))).toBe(true)
      expect((await get('steps')).spec.size).toBe(1)
      const right = await client.jsonPatch<Widget>(widgets, name, [
        { op: 'test', path: '/spec/size', value: 1 },
        { op: 'add', path: '/metadata/annotations', value: { 'a/b': 'c' } },
        { op: 'remove', path: '/metadata/annotations/a~1b' },
        { op: 'replace', path: '/spec/size', value: 5 },
      ])
      expect(right.spec.size).toBe(5)
    })

    test('of what is not there is NotFound', async () => {
      const patch = client.mergePatch(
        widgets,
        { namespace, name: 'nowhere' },
        { spec: { size: 2 } },
      )
      expect(isNotFound(await failure(patch))).toBe(true)
    })
  })

  describe('deletion', () => {
    test('removes at once what has no finalizer', async () => {
      await create('simple')
      await client.delete(widgets, { namespace, name: 'simple' })
      expect(isNotFound(await failure(get('simple')))).toBe(true)
      expect(isNotFound(await failure(client.delete(widgets, { namespace, name: 'simple' })))).toBe(
        true,
      )
    })

    test('of another incarnation or version is a Conflict', async () => {
      const created = await create('exact')
      const name = { namespace, name: 'exact' }
      const uid = '00000000-0000-0000-0000-000000000000'
      expect(isConflict(await failure(client.delete(widgets, name, { uid })))).toBe(true)
      await client.mergePatch(widgets, name, { spec: { size: 2 } })
      const resourceVersion = created.metadata.resourceVersion ?? ''
      expect(isConflict(await failure(client.delete(widgets, name, { resourceVersion })))).toBe(
        true,
      )
      await client.delete(widgets, name, { uid: created.metadata.uid ?? '' })
    })

    test('waits for the finalizers, and ends with the last of them', async () => {
      await create('held', 1, { finalizers: ['runtime.test/one', 'runtime.test/two'] })
      const name = { namespace, name: 'held' }
      await client.delete(widgets, name)
      const held = await get('held')
      expect(held.metadata.deletionTimestamp).toBeDefined()
      expect(held.metadata.generation).toBe(2)
      const finalizers = (list: string[]) =>
        client.mergePatch(widgets, name, { metadata: { finalizers: list } })
      await finalizers(['runtime.test/two'])
      expect((await get('held')).metadata.finalizers).toEqual(['runtime.test/two'])
      await finalizers([])
      expect(isNotFound(await failure(get('held')))).toBe(true)
    })
  })

  describe('lists', () => {
    test('come in pages that show one moment', async () => {
      for (const index of [1, 2, 3, 4, 5])
        await create(`page-${index}`, index, { labels: { set: 'pages' } })
      const options = { namespace, labelSelector: 'set=pages', limit: 2 }
      const first = await client.listPage<Widget>(widgets, options)
      await client.delete(widgets, { namespace, name: 'page-5' })
      const second = await client.listPage<Widget>(widgets, {
        ...options,
        continueToken: first.continueToken,
      })
      const third = await client.listPage<Widget>(widgets, {
        ...options,
        continueToken: second.continueToken,
      })
      const sizes = [first, second, third].map(({ items }) => items.map(({ spec }) => spec.size))
      expect(sizes).toEqual([[1, 2], [3, 4], [5]])
      expect(second.resourceVersion).toBe(first.resourceVersion)
      expect(third.continueToken).toBeUndefined()
    })
  })

  describe('watches', () => {
    test('stream what there is, say when that is over, and go on with what happens', async () => {
      await create('stream-1', 1, { labels: { set: 'stream' } })
      const query = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
      let acted = false
      const events = await watch(
        query,
        (seen) => {
          const last = seen.at(-1)
          if (last?.type === 'BOOKMARK' && !acted) {
            acted = true
            expect(last.object.metadata.annotations).toEqual({
              'k8s.io/initial-events-end': 'true',
            })
            const name = { namespace, name: 'stream-1' }
            client
              .mergePatch(widgets, name, { spec: { size: 2 } })
              .then(() => client.delete(widgets, name))
              .catch(expect.unreachable)
          }
          return last?.type === 'DELETED'
        },
        { labelSelector: 'set=stream' },
      )
      const kinds = events.map(({ type }) => type)
      expect(kinds.filter((type, index) => type !== 'BOOKMARK' || index === 1)).toEqual([
        'ADDED',
        'BOOKMARK',
        'MODIFIED',
        'DELETED',
      ])
      const versions = events.map(({ object }) => Number(object.metadata.resourceVersion))
      expect(versions).toEqual([...versions].sort((left, right) => left - right))
    })

    test('resume after a version, and tell who came into and went out of the selection', async () => {
      const created = await create('selected', 1, { labels: { set: 'other' } })
      const name = { namespace, name: 'selected' }
      const label = (set: string) =>
        client.mergePatch<Widget>(widgets, name, { metadata: { labels: { set } } })
      await label('mine')
      const out = await label('other')
      const events = await watch(
        { resourceVersion: created.metadata.resourceVersion ?? '' },
        (seen) => seen.length === 2,
        { labelSelector: 'set=mine' },
      )
      expect(events.map(({ type }) => type)).toEqual(['ADDED', 'DELETED'])
      expect(events[1]?.object.metadata.resourceVersion).toBe(out.metadata.resourceVersion)
    })

    test('tell of an end by finalizer under no older version than the answer to the write has', async () => {
      const created = await create('ended', 1, { finalizers: ['runtime.test/one'] })
      const name = { namespace, name: 'ended' }
      await client.delete(widgets, name)
      const answer = await client.mergePatch<Widget>(widgets, name, {
        metadata: { finalizers: [] },
      })
      const version = created.metadata.resourceVersion ?? ''
      const events = await watch(
        { resourceVersion: version },
        (seen) => seen.at(-1)?.type === 'DELETED',
      )
      const ended = Number(events.at(-1)?.object.metadata.resourceVersion)
      expect(ended).toBeGreaterThanOrEqual(Number(answer.metadata.resourceVersion))
    })

    test('show metadata alone when asked to', async () => {
      const created = await create('shown')
      await client.mergePatch(widgets, { namespace, name: 'shown' }, { spec: { size: 2 } })
      const version = created.metadata.resourceVersion ?? ''
      const events = await watch({ resourceVersion: version }, (seen) => seen.length === 1, {
        metadataOnly: true,
      })
      expect(events[0]?.object).toMatchObject({
        kind: 'PartialObjectMetadata',
        metadata: { name: 'shown' },
      })
      expect(events[0]?.object).not.toHaveProperty('spec')
    })

    test('from a version that is not kept any more end with 410', async () => {
      const seen: Event[] = []
      const error: unknown = await watch({ resourceVersion: '1' }, (events) => {
        seen.splice(0, seen.length, ...events)
        return true
      }).catch((reason: unknown) => reason)
      const event = seen[0]
      expect(isGone(error) || (event?.type === 'ERROR' && event.object.code === 410)).toBe(true)
    })
  })
})
