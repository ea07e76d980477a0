import { crdFiles } from '@latchkey/crds'
import { admissionPolicies, injectAnnotation, type Manifest, rbac } from '@latchkey/operator'
import type { TestCluster } from './cluster.ts'
import { until } from './until.ts'

/** The operator's own identity in every test cluster. */
export const operator = {
  namespace: 'latchkey-system',
  serviceAccount: 'latchkey-operator',
} as const

/**
 * Installs the CRDs, the operator's rights and the admission policies. Resolves when all of them act: the API server
 * establishes a CRD and compiles a policy in its own time, without an event that tells.
 */
export async function install(cluster: TestCluster, namespaces?: readonly string[]): Promise<void> {
  await cluster.apply(
    crdFiles()
      .map((file) => file.text)
      .join('---\n'),
  )
  await cluster.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s')
  const wanted = (namespaces ?? []).map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }))
  await cluster.apply([...wanted, ...rights(namespaces), ...policies()])
  await untilPoliciesAct(cluster, namespaces?.[0] ?? 'default')
}

function rights(namespaces: readonly string[] | undefined): readonly Manifest[] {
  return rbac({ ...operator, ...(namespaces === undefined ? {} : { namespaces }) })
}

function policies(): readonly Manifest[] {
  return admissionPolicies({
    operatorNamespace: operator.namespace,
    operatorServiceAccount: operator.serviceAccount,
    served: { mutating: true },
  })
}

/**
 * Asks with dry runs, which change nothing, until the API server knows our kinds in all its parts and the last policy
 * of each kind answers as it should: policies are taken up in the order in which they were written.
 */
async function untilPoliciesAct(cluster: TestCluster, namespace: string): Promise<void> {
  const core = `/api/v1/namespaces/${namespace}`
  const apiKeys = `/apis/latchkey.dev/v1alpha1/namespaces/${namespace}/apikeys`
  const apiKey = {
    apiVersion: 'latchkey.dev/v1alpha1',
    kind: 'ApiKey',
    metadata: { name: 'probe' },
    spec: {},
  }
  await until('server-side apply knows our kinds', async () => {
    const path = `${apiKeys}/probe?dryRun=All&fieldManager=probe`
    const contentType = 'application/apply-patch+yaml'
    const { status } = await cluster.request('PATCH', path, { body: apiKey, contentType })
    return status < 300
  })
  await until('pods are injected', async () => {
    const body = {
      metadata: { name: 'probe', annotations: { [injectAnnotation]: 'probe' } },
      spec: { containers: [{ name: 'probe', image: 'probe' }] },
    }
    const { object } = await cluster.request('POST', `${core}/pods?dryRun=All`, { body })
    return JSON.stringify(object).includes('PROBE_TOKEN')
  })
  // A mutating policy learns of a new kind last of all; until then a create is answered with 503.
  await until('ApiKeys get their finalizer', async () => {
    const { object } = await cluster.request('POST', `${apiKeys}?dryRun=All`, { body: apiKey })
    return object?.metadata.finalizers !== undefined
  })
  await until('the operator is bounded', async () => {
    const body = { metadata: { name: 'probe' } }
    const as = `system:serviceaccount:${operator.namespace}:${operator.serviceAccount}`
    const { status } = await cluster.request('POST', `${core}/secrets?dryRun=All`, { body, as })
    return status === 403
  })
}
