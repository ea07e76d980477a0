import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import {
  type ApiError,
  isConflict,
  isForbidden,
  isInvalid,
  isUnauthorized,
} from '../../operator/src/runtime/api-error.ts'
import { createKubeClient, type KubeClient } from '../../operator/src/runtime/client.ts'
import { systemClock } from '../../operator/src/runtime/clock.ts'
import { createEventRecorder, eventResource } from '../../operator/src/runtime/events.ts'
import { loadClusterAccess } from '../../operator/src/runtime/kubeconfig.ts'
import type { KubeObject, Resource } from '../../operator/src/runtime/resource.ts'
import { createTransport, type Transport } from '../../operator/src/runtime/transport.ts'
import { startTestCluster, type TestCluster } from './cluster.ts'
import { clusterTransport } from './cluster-transport.ts'

const configMaps: Resource = { group: '', version: 'v1', plural: 'configmaps', namespaced: true }
const namespace = 'default'

type ConfigMap = KubeObject & { readonly data?: Readonly<Record<string, string>> }

let cluster: TestCluster
let folder: string
let client: KubeClient
const transports: Transport[] = []

beforeAll(async () => {
  cluster = await startTestCluster({ install: 'nothing' })
  folder = await mkdtemp(join(tmpdir(), 'latchkey-client-'))
  client = open(clusterTransport(cluster))
})
afterAll(async () => {
  for (const transport of transports) await transport.close()
  await cluster?.stop()
  await rm(folder, { recursive: true, force: true })
})

function open(transport: Transport): KubeClient {
  transports.push(transport)
  return createKubeClient({ transport, clock: systemClock() })
}

/** A client whose credentials are as a kubeconfig's user says. */
async function as(user: object): Promise<KubeClient> {
  const path = join(folder, `config-${transports.length}`)
  const server = cluster.controlPlane.url
  const ca = Buffer.from(cluster.controlPlane.caPem).toString('base64')
  const config = {
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': ca } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  }
  await writeFile(path, stringify(config), { mode: 0o600 })
  return open(createTransport(loadClusterAccess({ path, env: {} })))
}

const failure = (promise: Promise<unknown>): Promise<ApiError> =>
  promise.then(
    () => expect.unreachable('it should have failed'),
    (error: ApiError) => error,
  )

const configMap = (name: string, data: Record<string, string>): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name },
  data,
})

describe('server-side apply', () => {
  test('leaves other managers their fields, unless forced', async () => {
    await client.serverSideApply(configMaps, configMap('applied', { a: '1' }), {
      fieldManager: 'one',
    })
    const other = configMap('applied', { a: '2', b: '2' })
    const error = await failure(client.serverSideApply(configMaps, other, { fieldManager: 'two' }))
    expect(isConflict(error)).toBe(true)
    expect(error.details?.causes?.[0]?.field).toBe('.data.a')
    const forced = await client.serverSideApply<ConfigMap>(configMaps, other, {
      fieldManager: 'two',
      force: true,
    })
    expect(forced.data).toEqual({ a: '2', b: '2' })
  })
})

describe('an error', () => {
  test('of validation names the field', async () => {
    const error = await failure(client.create(configMaps, configMap('Not A Name', {})))
    expect(isInvalid(error)).toBe(true)
    expect(error.details?.causes?.[0]?.field).toBe('metadata.name')
  })

  test('of strict field validation is refused before anything is stored', async () => {
    const object = { ...configMap('strict', {}), dota: {} }
    const error = await failure(client.create(configMaps, object, { fieldValidation: 'Strict' }))
    expect(error).toMatchObject({ reason: 'BadRequest', outcome: 'refused' })
  })
})

describe('credentials', () => {
  test('of a ServiceAccount without rights are Forbidden', async () => {
    const token = await cluster.serviceAccountToken(namespace, 'default')
    const error = await failure((await as({ token })).get(configMaps, { namespace, name: 'x' }))
    expect(isForbidden(error)).toBe(true)
    expect(error.message).toContain('system:serviceaccount:default:default')
  })

  test('that nobody knows are Unauthorized', async () => {
    const error = await failure(
      (await as({ token: 'hunter2' })).get(configMaps, { namespace, name: 'x' }),
    )
    expect(isUnauthorized(error)).toBe(true)
    expect(`${error.stack}`).not.toContain('hunter2')
  })

  test('in a file are read again when the server refuses them', async () => {
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, 'old')
    const renewed = await as({ tokenFile })
    expect(isUnauthorized(await failure(renewed.get(configMaps, { namespace, name: 'x' })))).toBe(
      true,
    )
    await writeFile(tokenFile, await cluster.serviceAccountToken(namespace, 'default'))
    expect(isForbidden(await failure(renewed.get(configMaps, { namespace, name: 'x' })))).toBe(true)
  })

  test('of a plug-in are used', async () => {
    const token = await cluster.serviceAccountToken(namespace, 'default')
    const script = 'console.log(JSON.stringify({ status: { token: process.env.TOKEN } }))'
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script],
      env: [{ name: 'TOKEN', value: token }],
    }
    const error = await failure((await as({ exec })).get(configMaps, { namespace, name: 'x' }))
    expect(isForbidden(error)).toBe(true)
  })

  test('for another identity are used', async () => {
    const admin = cluster.controlPlane.admin
    const user = {
      'client-certificate-data': Buffer.from(admin.certPem).toString('base64'),
      'client-key-data': Buffer.from(admin.keyPem).toString('base64'),
      as: 'somebody',
    }
    const error = await failure((await as(user)).get(configMaps, { namespace, name: 'x' }))
    expect(error.message).toContain('User "somebody" cannot get')
  })
})

test('a watch that nobody serves is answered as an error', async () => {
  const nothing: Resource = {
    group: 'nobody.test',
    version: 'v1',
    plural: 'things',
    namespaced: true,
  }
  const error = await failure(client.watch(nothing, { query: {} }, () => {}))
  expect(error.status).toBe(404)
})

test('events appear beside their object, repeats as a series', async () => {
  const regarding = await client.create<ConfigMap>(configMaps, configMap('eventful', {}))
  const recorder = createEventRecorder({
    client,
    controller: 'runtime.test/controller',
    instance: 'test-1',
    clock: systemClock(),
  })
  const event = {
    regarding: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace,
      name: 'eventful',
      uid: regarding.metadata.uid,
    },
    type: 'Warning',
    reason: 'Tested',
    action: 'Test',
    note: 'ü'.repeat(2_000),
  } as const
  for (let repeat = 0; repeat < 4; repeat += 1) recorder.record(event)
  await recorder.flush()
  type Event = KubeObject & { readonly reason: string; readonly series: { readonly count: number } }
  const events: Event[] = []
  for await (const found of client.list<Event>(eventResource, { namespace })) events.push(found)
  const ours = events.filter(({ reason }) => reason === 'Tested')
  expect(ours.map(({ series }) => series.count)).toEqual([4])
})
