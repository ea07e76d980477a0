// The informer against a model: whatever happens to the objects, the connections and the history, and however the bytes
// are cut, the cache ends up as the server is.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainAccess } from '../../../test/fakes/api-server/plain-access.ts'
import { type FakeApiServer, startFakeApiServer } from '../../../test/fakes/api-server/start.ts'
import { ApiError } from './api-error.ts'
import { createKubeClient, type KubeClient } from './client.ts'
import { systemClock } from './clock.ts'
import { createFakeClock } from './fake-clock.ts'
import { createInformer } from './informer.ts'
import { type InformedRecord, recordKey } from './record-store.ts'
import type { KubeObject, Resource } from './resource.ts'
import { createTransport } from './transport.ts'

const widgets: Resource = {
  group: 'example.dev',
  version: 'v1',
  plural: 'widgets',
  namespaced: true,
}

type Step =
  | { readonly kind: 'create' | 'change' | 'delete' | 'write'; readonly name: string }
  | { readonly kind: 'kill' | 'end' | 'bookmark' | 'compact' | 'breathe' }
  | { readonly kind: 'chunk'; readonly bytes: number }
  | { readonly kind: 'fail'; readonly status: number }

const name = fc.constantFrom('a', 'b', 'c', 'ü')
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('create', 'change', 'delete', 'write'), name }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('kill', 'end', 'bookmark', 'compact', 'breathe'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('chunk' as const),
      bytes: fc.integer({ min: 1, max: 50 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      status: fc.constantFrom(410, 429, 500),
    }),
  },
)

const decode = ({ metadata }: KubeObject): InformedRecord => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
})

type Put = (record: InformedRecord) => void

async function perform(action: Step, server: FakeApiServer, client: KubeClient, put: Put) {
  if ('name' in action) return performWrite(action.kind, action.name, client, put)
  if (action.kind === 'kill' || action.kind === 'end' || action.kind === 'bookmark') {
    for (const watch of server.watches) watch[action.kind]()
  } else if (action.kind === 'compact') server.store.compact()
  else if (action.kind === 'breathe') await new Promise((resolve) => setImmediate(resolve))
  else if (action.kind === 'chunk') server.setChunkBytes(action.bytes)
  else if (action.kind === 'fail') {
    const statuses = [action.status]
    server.setFault(({ query }) => {
      const status = query.has('watch') ? statuses.pop() : undefined
      return status === undefined ? undefined : { kind: 'answer', status }
    })
  }
}

/** Writes to an object, which may or may not be there; `write` is one of our own, whose answer we take in. */
async function performWrite(kind: string, named: string, client: KubeClient, put: Put) {
  const where = { namespace: 'default', name: named }
  const answer =
    kind === 'create'
      ? client.create(widgets, { metadata: where })
      : kind === 'delete'
        ? client.delete(widgets, where)
        : client.mergePatch<KubeObject>(widgets, where, { spec: { size: Math.random() } })
  const written = await answer.catch(() => undefined)
  if (kind === 'write' && written !== undefined) put(decode(written))
}

test.each([true, false])(
  'the cache ends up as the server is, with WatchList: %s',
  async (watchList) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.boolean(),
        async (steps, metadataOnly) => {
          const server = await startFakeApiServer()
          server.setWatchList(watchList)
          const transport = createTransport(plainAccess(server.url))
          const client = createKubeClient({ transport, clock: systemClock() })
          let changed = Promise.withResolvers<void>()
          const told = new Map<string, InformedRecord>()
          const informer = createInformer({
            client,
            resource: widgets,
            decode,
            metadataOnly,
            clock: systemClock(),
            random: () => 0,
            onChange: ({ kind, key, record, previous }) => {
              expect(told.get(key)).toEqual(previous)
              if (kind === 'deleted') told.delete(key)
              else told.set(key, record)
              const before = changed
              changed = Promise.withResolvers<void>()
              before.resolve()
            },
          })
          informer.start()
          for (const action of steps) await perform(action, server, client, informer.put)
          await informer.synced
          const onServer = () =>
            server.store.list('example.dev/v1/widgets').map((object) => decode(object))
          const cached = () =>
            [...informer.values()].sort((left, right) =>
              recordKey(left) < recordKey(right) ? -1 : 1,
            )
          const equal = () => JSON.stringify(cached()) === JSON.stringify(onServer())
          while (!equal()) await changed.promise
          expect([...told.values()]).toHaveLength(informer.size())
          await informer.stop()
          await transport.close()
          await server.close()
        },
      ),
      { numRuns: 60 },
    )
  },
)

test('the echo of a write of our own is passed over, and the watch resumed behind it', async () => {
  const line = (type: string, metadata: object) => {
    const object = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
    return Buffer.from(`${JSON.stringify({ type, object })}\n`)
  }
  const own = { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '20' }
  const start = {
    resourceVersion: '10',
    annotations: { 'k8s.io/initial-events-end': 'true' },
  }
  const decoded: string[] = []
  const resumed: (string | undefined)[] = []
  const proceed = Promise.withResolvers<void>()
  const again = Promise.withResolvers<void>()
  const informer = createInformer({
    client: {
      listPage: () => Promise.reject(new Error('not asked')),
      watch: async (_resource, { query, signal }, onData) => {
        resumed.push(query.resourceVersion)
        if (resumed.length > 1) {
          again.resolve()
          return new Promise((resolve) => {
            signal?.addEventListener('abort', () => resolve())
          })
        }
        onData(line('BOOKMARK', start))
        await proceed.promise
        onData(line('ADDED', { ...own, name: 'b', resourceVersion: '15' }))
        onData(line('ADDED', own))
        throw new Error('broke')
      },
    },
    resource: widgets,
    decode: (object) => {
      decoded.push(object.metadata.name ?? '')
      return decode(object)
    },
    metadataOnly: true,
    clock: systemClock(),
    random: () => 0,
  })
  informer.start()
  await informer.synced
  informer.put({ namespace: 'default', name: 'a', resourceVersion: '20' })
  proceed.resolve()
  await again.promise
  expect(decoded).toEqual(['b'])
  expect(resumed).toEqual([undefined, '20'])
  expect([...informer.values()].map(({ name: named }) => named)).toEqual(['a', 'b'])
  await informer.stop()
})

test('an API server that is away is asked ever more slowly, at least twice a minute, for ever', async () => {
  const clock = createFakeClock()
  const attempts: number[] = []
  const away = async () => {
    attempts.push(clock.monotonic())
    throw new Error('away')
  }
  const informer = createInformer({
    client: { listPage: away, watch: away },
    resource: widgets,
    decode,
    clock,
    random: () => 1,
  })
  informer.start()
  await clock.advance(3_600_000)
  const delays = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0))
  expect(delays.slice(0, 8)).toEqual([800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000])
  expect(new Set(delays.slice(6))).toEqual(new Set([30_000]))
  expect(informer.hasSynced()).toBe(false)
  expect(informer.idleMilliseconds()).toBeLessThanOrEqual(30_000)
  await informer.stop()
})

test('a stream that ends at once over and over makes no storm', async () => {
  const clock = createFakeClock()
  let watches = 0
  const informer = createInformer({
    client: {
      listPage: async () => ({ items: [], resourceVersion: '1', continueToken: undefined }),
      watch: async () => {
        watches += 1
      },
    },
    resource: widgets,
    decode,
    clock,
    random: () => 1,
  })
  informer.start()
  await clock.advance(60_000)
  expect(informer.hasSynced()).toBe(true)
  expect(watches).toBeLessThan(12)
  await informer.stop()
})

test.each([true, false])(
  'a server that forgets every version at once makes no storm, with WatchList: %s',
  async (watchList) => {
    const clock = createFakeClock()
    let reads = 0
    const refusal = (status: number) =>
      Promise.reject(
        new ApiError('refused', {
          status,
          reason: '',
          outcome: 'refused',
          method: 'GET',
          path: '/',
        }),
      )
    const informer = createInformer({
      client: {
        listPage: async () => {
          reads += 1
          return { items: [], resourceVersion: '1', continueToken: undefined }
        },
        watch: (_resource, { query, signal }) => {
          if (query.sendInitialEvents !== undefined) {
            if (!watchList) return refusal(422)
            reads += 1
          }
          if (reads < 100) return refusal(410)
          return new Promise((resolve) => {
            signal?.addEventListener('abort', () => resolve())
          })
        },
      },
      resource: widgets,
      decode,
      clock,
      random: () => 1,
    })
    informer.start()
    await clock.advance(60_000)
    expect(reads).toBeLessThan(12)
    await informer.stop()
  },
)

test('a bookmark tells that what is older has been delivered', async () => {
  const bookmark = (resourceVersion: string, annotations?: object) =>
    Buffer.from(
      `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion, annotations } } })}\n`,
    )
  const clock = createFakeClock()
  const informer = createInformer({
    client: {
      listPage: () => Promise.reject(new Error('not asked')),
      watch: (_resource, { signal }, onData) => {
        onData(bookmark('10', { 'k8s.io/initial-events-end': 'true' }))
        onData(bookmark('20'))
        return new Promise((resolve) => {
          signal?.addEventListener('abort', () => resolve())
        })
      },
    },
    resource: widgets,
    decode,
    clock,
  })
  informer.start()
  await informer.synced
  informer.put({ namespace: 'default', name: 'gone-by-now', resourceVersion: '15' })
  informer.put({ namespace: 'default', name: 'new', resourceVersion: '25' })
  expect([...informer.values()].map(({ name: named }) => named)).toEqual(['new'])
  await informer.stop()
})
