// The third door: an ApiKey from the CDKTF example, delivered to a real API server in the way kubernetes_manifest of the
// Terraform provider hashicorp/kubernetes delivers it. That provider itself is not needed for it.

import { parseSpec } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiObject } from './api-client.ts'
import { type DeliveredObject, synthesiseExample } from './synthesise.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

const namespace = 'latchkey-demo'
const apiKey = `/apis/latchkey.dev/v1alpha1/namespaces/${namespace}/apikeys/dashboard`
const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/dashboard`
const secret = `/api/v1/namespaces/${namespace}/secrets/dashboard`

let world: World
let objects: Readonly<Record<string, DeliveredObject>>
let created: ApiObject
beforeAll(async () => {
  world = await startWorld({ namespaces: [namespace] })
  objects = await synthesiseExample()
  created = await deliver(apiKey, objects.ApiKey)
})
afterAll(() => world?.stop())

describe('an ApiKey from the CDKTF construct', () => {
  it('is accepted as it was synthesised and means the same', () => {
    expect(created.spec).toMatchObject(objects.ApiKey?.spec ?? {})
    expect(parseSpec(created.spec)).toEqual(parseSpec(objects.ApiKey?.spec))
    expect(parseSpec(created.spec).kind).toBe('valid')
  })

  it('carries the finalizer before anything could be issued for it', () => {
    expect(created.metadata.finalizers).toEqual(['latchkey.dev/revoke'])
  })

  it('becomes a Ready key whose token verifies with the declared scopes', async () => {
    await world.startOperator()
    await until('the key is Ready', async () => isReady(await read(apiKey)))
    const { data } = (await read(secret)) as { readonly data?: Readonly<Record<string, string>> }
    const verdict = await world.service.verify(decode(data?.token))
    expect(verdict).toMatchObject({ valid: true, scopes: ['readApplications', 'readMerchants'] })
  })

  it('shows Terraform nothing of the token', async () => {
    const { data } = (await read(secret)) as { readonly data?: Readonly<Record<string, string>> }
    expect(JSON.stringify(await read(apiKey))).not.toContain(decode(data?.token))
  })

  it('is changed by nothing when it is delivered again', async () => {
    const before = await read(apiKey)
    expect(await deliver(apiKey, objects.ApiKey)).toEqual(before)
  })

  it('keeps its finalizer and its key when Terraform changes it', async () => {
    const { ApiKey } = objects
    const spec = { ...ApiKey?.spec, description: 'Now described' }
    const changed = await deliver(apiKey, { ...ApiKey, spec })
    expect(changed.metadata.finalizers).toEqual(['latchkey.dev/revoke'])
    await until('the change is fulfilled', async () => isReady(await read(apiKey)))
    expect(await world.service.live(namespace)).toHaveLength(1)
  })

  it('gets its token into the pods of the Deployment that asks for it', async () => {
    await deliver(deployment, objects.Deployment)
    const variables = await until('a pod is created', variablesOfPods)
    expect(variables).toEqual([
      {
        name: 'PULSE_TOKEN',
        valueFrom: { secretKeyRef: { name: 'dashboard', key: 'token', optional: false } },
      },
    ])
  })

  it('is revoked when Terraform destroys it', async () => {
    await world.cluster.request('DELETE', apiKey)
    await until('the ApiKey is gone', async () => (await read(apiKey)) === undefined)
    expect(await world.service.live(namespace)).toEqual([])
  })
})

/** Server-side apply as the manager `Terraform`, never forced. Throws with the server's sentence. */
async function deliver(path: string, object: object | undefined): Promise<ApiObject> {
  const query = 'fieldManager=Terraform&force=false'
  const answer = await world.cluster.request('PATCH', `${path}?${query}`, {
    body: object ?? {},
    contentType: 'application/apply-patch+yaml',
  })
  if (answer.object === undefined) throw new Error(`${path}: ${answer.status} ${answer.message}`)
  return answer.object
}

async function read(path: string): Promise<ApiObject | undefined> {
  return (await world.cluster.request('GET', path)).object
}

interface Status {
  readonly observedGeneration?: number
  readonly conditions?: readonly { readonly type: string; readonly status: string }[]
}

function isReady(object: ApiObject | undefined): boolean {
  const { observedGeneration, conditions = [] } = (object?.status ?? {}) as Status
  const { generation } = (object?.metadata ?? {}) as { readonly generation?: number }
  const ready = conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  return ready && observedGeneration === generation
}

function decode(text = ''): string {
  return Buffer.from(text, 'base64').toString()
}

interface Pod {
  readonly spec: { readonly containers: readonly { readonly env?: readonly unknown[] }[] }
}

async function variablesOfPods(): Promise<unknown[] | undefined> {
  const pods = (await read(`/api/v1/namespaces/${namespace}/pods`))?.items as readonly Pod[]
  if (pods.length === 0) return undefined
  return pods.flatMap(({ spec }) => spec.containers.flatMap(({ env }) => env ?? []))
}
