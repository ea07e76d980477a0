import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createKubeClient, type KubeClient } from '../../operator/src/runtime/client.ts'
import { systemClock } from '../../operator/src/runtime/clock.ts'
import {
  createInformer,
  type Informer,
  type InformerOptions,
} from '../../operator/src/runtime/informer.ts'
import type { InformedRecord } from '../../operator/src/runtime/record-store.ts'
import type { KubeObject, Resource } from '../../operator/src/runtime/resource.ts'
import type { Transport } from '../../operator/src/runtime/transport.ts'
import { startTestCluster, type TestCluster } from './cluster.ts'
import { clusterTransport } from './cluster-transport.ts'
import { widget, widgetDefinition, widgets } from './widgets.ts'

const secrets: Resource = { group: '', version: 'v1', plural: 'secrets', namespaced: true }

type Widget = InformedRecord & { readonly size: number }

const decode = (object: KubeObject): Widget => ({
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name ?? '',
  resourceVersion: object.metadata.resourceVersion ?? '',
  size: (object as KubeObject & { spec?: { size?: number } }).spec?.size ?? 0,
})

let cluster: TestCluster
let transport: Transport
let client: KubeClient
let informer: Informer<Widget>
let changed = Promise.withResolvers<void>()

beforeAll(async () => {
  cluster = await startTestCluster({ install: 'nothing' })
  await cluster.apply([widgetDefinition])
  await cluster.kubectl('wait', '--for=condition=Established', 'crd/widgets.runtime.test')
  await cluster.kubectl('create', 'namespace', 'other')
})
afterAll(() => cluster?.stop())
beforeEach(() => {
  transport = clusterTransport(cluster)
  client = createKubeClient({ transport, clock: systemClock() })
})
afterEach(async () => {
  await informer.stop()
  await transport.close()
  for (const namespace of ['default', 'other']) {
    const path = `/apis/runtime.test/v1/namespaces/${namespace}/widgets`
    await cluster.request('DELETE', path)
  }
})

function begin(options: Partial<InformerOptions<Widget>> = {}): void {
  informer = createInformer({
    client,
    resource: widgets,
    decode,
    onChange: () => {
      const before = changed
      changed = Promise.withResolvers<void>()
      before.resolve()
    },
    clock: systemClock(),
    ...options,
  })
  informer.start()
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await changed.promise
}

const resize = (name: string, size: number) =>
  client.mergePatch<KubeObject>(widgets, { namespace: 'default', name }, { spec: { size } })

test('the cache holds everything, by stream and by pages, and follows', async () => {
  const names = Array.from({ length: 120 }, (_, index) => `w${index}`)
  for (let start = 0; start < names.length; start += 50) {
    await Promise.all(
      names
        .slice(start, start + 50)
        .map((name, index) => client.create(widgets, widget(name, index))),
    )
  }
  begin()
  await informer.synced
  expect(informer.size()).toBe(120)
  const streamed = [...informer.values()].map(({ name }) => name).sort()
  await informer.stop()
  begin({
    client: {
      listPage: (resource, options) => client.listPage(resource, { ...options, limit: 50 }),
      watch: (resource, options, onData) => {
        if (options.query.sendInitialEvents === undefined)
          return client.watch(resource, options, onData)
        // As a server without the feature gate has it.
        const query = { ...options.query, resourceVersionMatch: 'Exact' }
        return client.watch(resource, { ...options, query }, onData)
      },
    },
  })
  await informer.synced
  expect([...informer.values()].map(({ name }) => name).sort()).toEqual(streamed)
  await resize('w5', 4711)
  await until(() => informer.get('default/w5')?.size === 4711)
})

test('what we wrote is in the cache at once, and its event changes nothing', async () => {
  let changes = 0
  begin({ onChange: () => (changes += 1) })
  await informer.synced
  const created = decode(await client.create<KubeObject>(widgets, widget('mine', 1)))
  informer.put(created)
  expect(informer.get('default/mine')).toEqual(created)
  const patched = decode(await resize('mine', 2))
  informer.put(patched)
  await client.create(widgets, widget('marker', 1))
  await expect.poll(() => informer.get('default/marker')).toBeDefined()
  expect(informer.get('default/mine')).toEqual(patched)
  expect(changes).toBe(3)
})

test('the cache is right again after the API server was killed and started anew', async () => {
  for (const name of ['stays', 'changes', 'goes']) await client.create(widgets, widget(name, 1))
  begin()
  await informer.synced
  const { apiServer } = cluster.controlPlane.components
  apiServer.kill('SIGKILL')
  await apiServer.exited()
  await apiServer.start()
  await resize('changes', 2)
  await client.delete(widgets, { namespace: 'default', name: 'goes' })
  await client.create(widgets, widget('comes', 3))
  await until(
    () =>
      informer.get('default/changes')?.size === 2 &&
      informer.get('default/goes') === undefined &&
      informer.get('default/comes')?.size === 3,
  )
  expect(informer.size()).toBe(3)
})

test('metadata alone is all that arrives of a Secret', async () => {
  const metadata = { namespace: 'default', name: 'private', labels: { watched: 'yes' } }
  await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    stringData: { token: 'hunter2' },
  } as KubeObject)
  const arrived: string[] = []
  begin({
    resource: secrets,
    metadataOnly: true,
    labelSelector: 'watched=yes',
    client: {
      ...client,
      watch: (resource, options, onData) =>
        client.watch(resource, options, (chunk) => {
          arrived.push(chunk.toString())
          onData(chunk)
        }),
    },
  })
  await informer.synced
  expect(informer.get('default/private')?.name).toBe('private')
  const text = arrived.join('')
  expect(text).not.toContain('hunter2')
  expect(text).not.toContain(Buffer.from('hunter2').toString('base64'))
})

test('each named namespace is followed on its own', async () => {
  await client.create(widgets, widget('here', 1))
  await client.create(widgets, widget('there', 2, { namespace: 'other' }))
  begin({ namespaces: ['other'] })
  await informer.synced
  expect([...informer.values()].map(({ name }) => name)).toEqual(['there'])
  await client.create(widgets, widget('also-here', 1))
  await client.create(widgets, widget('also-there', 1, { namespace: 'other' }))
  await until(() => informer.size() === 2)
  expect(informer.get('default/also-here')).toBeUndefined()
})
