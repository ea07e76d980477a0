// An application that has the official Kubernetes client and nothing of ours: what it needs to know of Latchkey is the
// CRD alone.

import {
  CoreV1Api,
  CustomObjectsApi,
  type Informer,
  KubeConfig,
  type KubernetesObject,
  makeInformer,
} from '@kubernetes/client-node'
import type { ApiKeyStatus } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectLaw } from './law.ts'
import { startWorld, type World } from './world.ts'

interface ApiKey extends KubernetesObject {
  readonly status?: ApiKeyStatus
}

const namespace = 'shop'
const name = 'storefront'
const apiKeys = { group: 'latchkey.dev', version: 'v1alpha1', namespace, plural: 'apikeys' }

let world: World
let customObjects: CustomObjectsApi
let core: CoreV1Api
let informer: Informer<ApiKey>
let token: string

beforeAll(async () => {
  world = await startWorld({ namespaces: [namespace] })
  await world.startOperator()
  const config = new KubeConfig()
  config.loadFromFile(world.cluster.kubeconfigPath)
  customObjects = config.makeApiClient(CustomObjectsApi)
  core = config.makeApiClient(CoreV1Api)
  informer = makeInformer<ApiKey>(
    config,
    `/apis/latchkey.dev/v1alpha1/namespaces/${namespace}/apikeys`,
    () => customObjects.listNamespacedCustomObject(apiKeys),
  )
  await informer.start()
})
afterAll(async () => {
  await informer?.stop()
  await world?.stop()
})

describe('an application with the official Kubernetes client', () => {
  it('declares an ApiKey, is told when it is Ready, and reads a token that works', async () => {
    const ready = told('update', isReady)
    await customObjects.createNamespacedCustomObject({
      ...apiKeys,
      body: {
        apiVersion: 'latchkey.dev/v1alpha1',
        kind: 'ApiKey',
        metadata: { name },
        spec: { scopes: ['orders:read'] },
      },
    })
    const { status } = await ready
    const { data } = await core.readNamespacedSecret({ name, namespace })
    token = Buffer.from(data?.token ?? '', 'base64').toString()
    expect(await world.service.verify(token)).toMatchObject({
      valid: true,
      keyId: status?.current?.keyId,
      scopes: ['orders:read'],
    })
    await expectLaw(world, namespace)
  })

  it('deletes it, and once told that it is gone the token works no longer', async () => {
    const gone = told('delete', ({ metadata }) => metadata?.name === name)
    await customObjects.deleteNamespacedCustomObject({ ...apiKeys, name })
    await gone
    expect(await world.service.verify(token)).toEqual({ valid: false, reason: 'KeyRevoked' })
    expect(await world.service.live(namespace)).toEqual([])
  })
})

/** The next object of which the informer tells this, if it is the wanted one. */
function told(verb: 'update' | 'delete', wanted: (apiKey: ApiKey) => boolean): Promise<ApiKey> {
  return new Promise((resolve, reject) => {
    informer.on(verb, (apiKey) => wanted(apiKey) && resolve(apiKey))
    informer.on('error', reject)
  })
}

function isReady({ metadata, status }: ApiKey): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return (
    metadata?.name === name &&
    ready?.status === 'True' &&
    ready.observedGeneration === metadata.generation
  )
}
