import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { plainAccess } from '../../../test/fakes/api-server/plain-access.ts'
import { type FakeApiServer, startFakeApiServer } from '../../../test/fakes/api-server/start.ts'
import { createKubeClient, type KubeClient } from './client.ts'
import { systemClock } from './clock.ts'
import { createInformer, type Informer, type InformerOptions } from './informer.ts'
import { type Change, recordKey } from './record-store.ts'
import type { KubeObject, Resource } from './resource.ts'
import { createTransport, type Transport } from './transport.ts'

const widgets: Resource = {
  group: 'example.dev',
  version: 'v1',
  plural: 'widgets',
  namespaced: true,
}

type Widget = {
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly size: number
}

function decode(object: KubeObject): Widget {
  const { metadata, spec } = object as KubeObject & { readonly spec?: { readonly size?: number } }
  if (spec?.size === -1) throw new Error('no such size')
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    size: spec?.size ?? 0,
  }
}

function widget(name: string, size: number, namespace = 'default'): KubeObject & { spec: object } {
  return {
    apiVersion: 'example.dev/v1',
    kind: 'Widget',
    metadata: { namespace, name, labels: { size: String(size) } },
    spec: { size },
  }
}

let server: FakeApiServer
let transport: Transport
let client: KubeClient
let informer: Informer<Widget>
let changes: Change<Widget>[]
let seen: Promise<void>
let wake: () => void

beforeEach(async () => {
  server = await startFakeApiServer()
  transport = createTransport(plainAccess(server.url))
  client = createKubeClient({ transport, clock: systemClock() })
  changes = []
  const first = Promise.withResolvers<void>()
  seen = first.promise
  wake = first.resolve
})

afterEach(async () => {
  await informer.stop()
  await transport.close()
  await server.close()
})

function begin(options: Partial<InformerOptions<Widget>> = {}): void {
  informer = createInformer({
    client,
    resource: widgets,
    decode,
    onChange: (change) => {
      changes.push(change)
      const next = Promise.withResolvers<void>()
      const woken = wake
      seen = next.promise
      wake = next.resolve
      woken()
    },
    clock: systemClock(),
    // The lowest jitter is none: no test waits for a backoff.
    random: () => 0,
    ...options,
  })
  informer.start()
}

/** Waits, change by change, until the cache is as described. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await seen
}

const sizes = () =>
  Object.fromEntries([...informer.values()].map((record) => [recordKey(record), record.size]))
const resize = (name: string, size: number) =>
  client.mergePatch<KubeObject>(widgets, { namespace: 'default', name }, { spec: { size } })

/** A watch's request, once it has arrived. */
const initialWatches = () => server.requests.filter(({ query }) => query.has('sendInitialEvents'))
const lists = () =>
  server.requests.filter(({ method, query }) => method === 'GET' && !query.has('watch'))

describe('reading everything', () => {
  test('has every object when it says that it has synced', async () => {
    await client.create(widgets, widget('a', 1))
    await client.create(widgets, widget('b', 2))
    begin()
    await informer.synced
    expect(sizes()).toEqual({ 'default/a': 1, 'default/b': 2 })
    expect(changes.every(({ kind, initial }) => kind === 'added' && initial)).toBe(true)
    expect(lists()).toHaveLength(0)
  })

  test('reads page by page from a server without WatchList', async () => {
    server.setWatchList(false)
    for (let index = 0; index < 7; index += 1)
      await client.create(widgets, widget(`w${index}`, index))
    const paged: KubeClient = {
      ...client,
      listPage: (resource, options) => client.listPage(resource, { ...options, limit: 3 }),
    }
    begin({ client: paged })
    await informer.synced
    expect(informer.size()).toBe(7)
    expect(initialWatches()).toHaveLength(1)
    expect(lists()).toHaveLength(3)
  })

  test('starts over when the continue token has expired', async () => {
    server.setWatchList(false)
    for (let index = 0; index < 5; index += 1)
      await client.create(widgets, widget(`w${index}`, index))
    let pages = 0
    const paged: KubeClient = {
      ...client,
      listPage: (resource, options) => {
        pages += 1
        if (pages === 2) server.store.compact()
        return client.listPage(resource, { ...options, limit: 2 })
      },
    }
    begin({ client: paged })
    await informer.synced
    expect(informer.size()).toBe(5)
    expect(pages).toBe(5)
  })

  test('leaves out an object that cannot be decoded, and keeps following the others', async () => {
    await client.create(widgets, widget('bad', -1))
    begin()
    await informer.synced
    expect(informer.size()).toBe(0)
    await client.create(widgets, widget('good', 1))
    await until(() => informer.get('default/good') !== undefined)
    await resize('bad', 3)
    await until(() => informer.get('default/bad')?.size === 3)
  })

  test('asks for metadata alone when told to', async () => {
    await client.create(widgets, widget('a', 5))
    begin({ metadataOnly: true })
    await informer.synced
    expect(sizes()).toEqual({ 'default/a': 0 })
  })

  test('reads only the named namespaces, each on its own', async () => {
    await client.create(widgets, widget('a', 1, 'one'))
    await client.create(widgets, widget('a', 2, 'two'))
    await client.create(widgets, widget('a', 3, 'three'))
    begin({ namespaces: ['one', 'two'] })
    await informer.synced
    expect(sizes()).toEqual({ 'one/a': 1, 'two/a': 2 })
    expect(informer.get('two/a')?.size).toBe(2)
    expect(informer.get('three/a')).toBeUndefined()
  })

  test('reads only what the label selector selects', async () => {
    await client.create(widgets, widget('a', 1))
    await client.create(widgets, widget('b', 2))
    begin({ labelSelector: 'size=1' })
    await informer.synced
    expect(sizes()).toEqual({ 'default/a': 1 })
    const relabel = { metadata: { labels: { size: '1' } } }
    await client.mergePatch(widgets, { namespace: 'default', name: 'b' }, relabel)
    await until(() => informer.size() === 2)
    await client.mergePatch(
      widgets,
      { namespace: 'default', name: 'a' },
      { metadata: { labels: null } },
    )
    await until(() => informer.get('default/a') === undefined)
  })
})

describe('following', () => {
  test('follows creations, changes and deletions, however the stream is cut', async () => {
    server.setChunkBytes(1)
    begin()
    await informer.synced
    await client.create(widgets, widget('schlüssel-🔑', 1))
    await resize('schlüssel-🔑', 2)
    await until(() => informer.get('default/schlüssel-🔑')?.size === 2)
    await client.delete(widgets, { namespace: 'default', name: 'schlüssel-🔑' })
    await until(() => informer.size() === 0)
    expect(changes.map(({ kind }) => kind)).toEqual(['added', 'updated', 'deleted'])
    expect(changes.every(({ initial }) => !initial)).toBe(true)
  })

  test('resumes a broken watch where it was, without reading everything again', async () => {
    await client.create(widgets, widget('a', 1))
    begin()
    await informer.synced
    for (const watch of server.watches) watch.kill()
    await resize('a', 2)
    await until(() => informer.get('default/a')?.size === 2)
    expect(initialWatches()).toHaveLength(1)
    expect(changes).toHaveLength(2)
  })

  test('resumes after a bookmark, though the history before it is gone', async () => {
    begin()
    await informer.synced
    await client.create({ ...widgets, plural: 'others' }, widget('x', 1))
    for (const watch of server.watches) watch.bookmark()
    server.store.compact()
    for (const watch of server.watches) {
      watch.bookmark()
      watch.end()
    }
    await client.create(widgets, widget('a', 1))
    await until(() => informer.size() === 1)
    expect(initialWatches()).toHaveLength(1)
  })

  test('reads everything again when its version is too old, and tells the difference alone', async () => {
    for (const name of ['stays', 'changes', 'goes']) await client.create(widgets, widget(name, 1))
    begin()
    await informer.synced
    changes.length = 0
    server.setFault(({ query }) => (query.has('watch') ? { kind: 'cutBefore' } : undefined))
    for (const watch of server.watches) watch.kill()
    await resize('changes', 2)
    await client.delete(widgets, { namespace: 'default', name: 'goes' })
    await client.create(widgets, widget('comes', 3))
    server.store.compact()
    server.setFault(undefined)
    await until(() => changes.length === 3)
    expect(sizes()).toEqual({ 'default/stays': 1, 'default/changes': 2, 'default/comes': 3 })
    expect(changes.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual([
      'added default/comes',
      'deleted default/goes',
      'updated default/changes',
    ])
  })

  test('goes on after any failure of the server', async () => {
    await client.create(widgets, widget('a', 1))
    const statuses = [500, 403, 404, 429, 503, 401]
    server.setFault(() => {
      const status = statuses.shift()
      return status === undefined ? undefined : { kind: 'answer', status }
    })
    begin()
    await informer.synced
    expect(statuses).toEqual([])
    expect(sizes()).toEqual({ 'default/a': 1 })
  })

  test('keeps following when the handler throws', async () => {
    let calls = 0
    begin({
      onChange: () => {
        calls += 1
        throw new Error('handler')
      },
    })
    await informer.synced
    await client.create(widgets, widget('a', 1))
    await client.create(widgets, widget('b', 1))
    await expect.poll(() => calls).toBe(2)
    expect(informer.size()).toBe(2)
  })
})

describe('reading our own writes', () => {
  test('has a written record at once, and ignores the event that comes for it', async () => {
    begin()
    await informer.synced
    const created = await client.create<KubeObject>(widgets, widget('a', 1))
    informer.put(decode(created))
    expect(informer.get('default/a')?.size).toBe(1)
    await client.create(widgets, widget('b', 1))
    await until(() => informer.size() === 2)
    expect(changes.filter(({ key }) => key === 'default/a')).toHaveLength(1)
  })

  test('does not bring back what has been deleted since the write', async () => {
    begin()
    await informer.synced
    const created = await client.create<KubeObject>(widgets, widget('a', 1))
    await client.delete(widgets, { namespace: 'default', name: 'a' })
    await until(() => changes.length === 2)
    informer.put(decode(created))
    expect(informer.size()).toBe(0)
  })
})
