import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiObject } from './api-client.ts'
import { startTestCluster, type TestCluster } from './cluster.ts'
import { operator } from './install.ts'
import { until } from './until.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(() => cluster?.stop())

interface Container {
  readonly name: string
  readonly image: string
  readonly env?: readonly { readonly name: string; readonly [field: string]: unknown }[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}

interface PodSpec {
  readonly nodeName?: string
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes?: readonly { readonly name: string; readonly [field: string]: unknown }[]
}

type Pod = ApiObject & { readonly spec: PodSpec }

const container = (fields: Partial<Container> = {}): Container => ({
  name: 'app',
  image: 'app',
  ...fields,
})

function podObject(name: string, inject: string, spec: Partial<PodSpec>, more = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations: { 'latchkey.dev/inject': inject, ...more } },
    spec: { containers: [container()], ...spec },
  }
}

/** The pod as the API server would admit it. */
async function admit(
  inject: string,
  spec: Partial<PodSpec> = {},
  namespace = 'default',
  annotations = {},
): Promise<Pod> {
  const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`
  const { object, message } = await cluster.request('POST', path, {
    body: podObject('pod', inject, spec, annotations),
  })
  if (object === undefined) throw new Error(message)
  return object as Pod
}

const skipped = (pod: Pod) => pod.metadata.annotations?.['latchkey.dev/inject-skipped']

const reference = (name: string, secret: string, key = 'token') => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key, optional: false } },
})

/** Mounts without that of the ServiceAccount's token. */
const mounts = (of: Container | undefined) =>
  of?.volumeMounts?.filter((mount) => !mount.name.startsWith('kube-api-access')) ?? []
const volumes = (pod: Pod) =>
  pod.spec.volumes?.filter((volume) => !volume.name.startsWith('kube-api-access')) ?? []

describe('a pod that asks by annotation', () => {
  it('gets variables and a directory in every container, also in the init containers', async () => {
    const pod = await admit('analytics, billing=BILLING, mobile:/run/keys/mobile', {
      containers: [container(), container({ name: 'side' })],
      initContainers: [container({ name: 'init' })],
    })
    const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
    expect(all).toHaveLength(3)
    for (const each of all) {
      expect(each.env).toEqual([
        reference('ANALYTICS_TOKEN', 'analytics'),
        reference('BILLING', 'billing'),
      ])
      expect(mounts(each)).toEqual([
        { name: 'latchkey-inject-2', mountPath: '/run/keys/mobile', readOnly: true },
      ])
    }
    expect(volumes(pod)).toEqual([
      {
        name: 'latchkey-inject-2',
        secret: { secretName: 'mobile', optional: false, defaultMode: 420 },
      },
    ])
    expect(skipped(pod)).toBeUndefined()
  })

  it('derives the name of the variable from the name of the Secret', async () => {
    const pod = await admit('a.b-c')
    expect(pod.spec.containers[0]?.env).toEqual([reference('A_B_C_TOKEN', 'a.b-c')])
  })

  it('gets both parts of a pair by the names of the entries', async () => {
    const pod = await admit('pulse/apiKey, pulse/apiSecret=PULSE_SECRET')
    expect(pod.spec.containers[0]?.env).toEqual([
      reference('PULSE_APIKEY', 'pulse', 'apiKey'),
      reference('PULSE_SECRET', 'pulse', 'apiSecret'),
    ])
  })

  it('may use the injected variable in its own', async () => {
    const own = { name: 'HEADER', value: 'Bearer $(ANALYTICS_TOKEN)' }
    const pod = await admit('analytics', { containers: [container({ env: [own] })] })
    expect(pod.spec.containers[0]?.env).toEqual([reference('ANALYTICS_TOKEN', 'analytics'), own])
  })

  it('keeps its own variable of the same name, and is told so', async () => {
    const own = { name: 'ANALYTICS_TOKEN', value: 'mine' }
    const pod = await admit('analytics', {
      containers: [container({ env: [own] }), container({ name: 'side' })],
    })
    expect(pod.spec.containers[0]?.env).toEqual([own])
    expect(pod.spec.containers[1]?.env).toEqual([reference('ANALYTICS_TOKEN', 'analytics')])
    expect(skipped(pod)).toBe('analytics: container app has its own')
  })

  it.each([
    '/run/keys/mobile',
    '/run/keys/mobile/',
    '/run/keys',
    '/run/keys/mobile/sub',
    '/var/run/keys/mobile',
  ])('keeps its own mount at %s, and is told so', async (mountPath) => {
    const own = { name: 'own', mountPath }
    const pod = await admit('mobile:/run/keys/mobile', {
      containers: [container({ volumeMounts: [own] })],
      volumes: [{ name: 'own', emptyDir: {} }],
    })
    expect(mounts(pod.spec.containers[0])).toEqual([own])
    expect(volumes(pod).map((volume) => volume.name)).toEqual(['own'])
    expect(skipped(pod)).toBe('mobile:/run/keys/mobile: container app has its own')
  })

  it('mounts a Secret whose name has a dot', async () => {
    const pod = await admit('mobile.example:/etc/keys/mobile')
    expect(volumes(pod)).toMatchObject([
      { name: 'latchkey-inject-0', secret: { secretName: 'mobile.example' } },
    ])
  })

  it('is admitted unchanged when it is created a second time as it was admitted', async () => {
    const first = await admit('analytics, mobile:/run/keys/mobile, x=PATH', {
      initContainers: [container({ name: 'init' })],
    })
    const second = await cluster.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', {
      body: { ...first, metadata: { name: 'pod', annotations: first.metadata.annotations } },
    })
    expect(second.object?.spec).toEqual(first.spec)
    expect(second.object?.metadata.annotations).toEqual(first.metadata.annotations)
  })

  it.each([
    ['x=LD_PRELOAD', 'LD_PRELOAD is a variable that programs obey'],
    ['x=PATH', 'PATH is a variable that programs obey'],
    ['node/options', 'NODE_OPTIONS is a variable that programs obey'],
    ['x=PYTHONPATH', 'PYTHONPATH is a variable that programs obey'],
    ['x=HTTPS_PROXY', 'HTTPS_PROXY is a variable that programs obey'],
    ['x=lower', 'lower is no name for a variable'],
    ['1x', '1X_TOKEN is no name for a variable'],
    ['x:/usr/bin', 'the directory must lie below'],
    ['x:/run/keys', 'the directory must lie below'],
    ['x:/run/keys/../bin', 'the directory must lie below'],
    ['x:/var/run/secrets/kubernetes.io/serviceaccount', 'the directory must lie below'],
    ['x:relative', 'is not name, name/entry'],
    ['No_Name', 'is not name, name/entry'],
    ['a b', 'is not name, name/entry'],
    ['a..b', 'is not name, name/entry'],
    ['a/..b', 'is not name, name/entry'],
    ['x'.repeat(254), 'is not name, name/entry'],
  ])('is started without %s, and is told why', async (wish, why) => {
    const pod = await admit(`${wish}, analytics`)
    expect(pod.spec.containers[0]?.env).toEqual([reference('ANALYTICS_TOKEN', 'analytics')])
    expect(volumes(pod)).toEqual([])
    expect(skipped(pod)).toContain(`${wish}: `)
    expect(skipped(pod)).toContain(why)
  })

  it('gets the first of two wishes for one variable or one directory', async () => {
    const pod = await admit('a=A, b=A, c:/run/keys/c, d:/run/keys/c/d')
    expect(pod.spec.containers[0]?.env).toEqual([reference('A', 'a')])
    expect(mounts(pod.spec.containers[0])).toHaveLength(1)
    expect(skipped(pod)).toBe(
      'b=A: an earlier wish has the same variable; d:/run/keys/c/d: an earlier wish has this directory',
    )
  })

  it('is left alone when it asks for nothing', async () => {
    const pod = await admit(' , ')
    expect(volumes(pod)).toEqual([])
    expect(skipped(pod)).toBeUndefined()
  })
})

describe('injection', () => {
  it('follows a Deployment into its pods', async () => {
    const example = new URL('../../examples/yaml/', import.meta.url).pathname
    for (const file of ['00-namespace', 'deployment-injected']) {
      await cluster.kubectl('apply', '-f', `${example}${file}.yaml`)
    }
    const [pod] = await until('the pod of the Deployment is created', async () => {
      const { object } = await cluster.request('GET', '/api/v1/namespaces/latchkey-demo/pods')
      const items = (object as unknown as { readonly items: readonly Pod[] }).items
      return items.length > 0 && items
    })
    expect(pod?.spec.containers[0]?.env?.map((entry) => entry.name)).toEqual([
      'ANALYTICS_TOKEN',
      'BILLING_TOKEN',
    ])
    expect(mounts(pod?.spec.containers[0])).toMatchObject([{ mountPath: '/run/keys/mobile' }])
  })

  it.each(['kube-system', operator.namespace])('never touches pods in %s', async (namespace) => {
    await until('the ServiceAccount is there', () =>
      cluster.kubectl('get', 'serviceaccount', 'default', '-n', namespace),
    )
    const pod = await admit('analytics', {}, namespace)
    expect(pod.spec.containers[0]?.env).toBeUndefined()
  })

  it('never touches mirror pods', async () => {
    const annotations = { 'kubernetes.io/config.mirror': 'x' }
    const pod = await admit('analytics', { nodeName: 'node' }, 'default', annotations)
    expect(pod.spec.containers[0]?.env).toBeUndefined()
  })
})

describe('when every CRD of ours is gone', () => {
  const start = async (name: string) =>
    (
      await cluster.request('POST', '/api/v1/namespaces/default/pods', {
        body: podObject(name, 'analytics', {}),
      })
    ).status

  it('pods start, also after a restart of the API server', async () => {
    await cluster.kubectl('delete', 'crd', '-l', 'app.kubernetes.io/part-of=latchkey')
    expect(await start('without-crds')).toBe(201)
    await cluster.controlPlane.components.apiServer.restart()
    expect(await start('after-restart')).toBe(201)
    const { object } = await cluster.request('GET', '/api/v1/namespaces/default/pods/without-crds')
    expect((object as Pod).spec.containers[0]?.env).toEqual([
      reference('ANALYTICS_TOKEN', 'analytics'),
    ])
  })
})
