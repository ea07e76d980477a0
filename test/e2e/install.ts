import { setTimeout as delay } from 'node:timers/promises'
import { crdFiles } from '@latchkey/crds'
import { admissionPolicies, injectAnnotation, type Manifest, rbac } from '@latchkey/operator'
import type { TestCluster } from './cluster.ts'

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
  await cluster.apply([...rights(namespaces), ...policies()])
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
 * Asks with dry runs, which change nothing, until the last policy of each kind answers as it should: the API server
 * takes policies up in the order in which they were written.
 */
export async function untilPoliciesAct(cluster: TestCluster, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`
  const probes = [
    async () => {
      // Server-side apply knows a new kind only some time after the CRD is established.
      const apiVersion = 'latchkey.dev/v1alpha1'
      const { status } = await cluster.request(
        'PATCH',
        `/apis/${apiVersion}/namespaces/${namespace}/apikeys/probe?dryRun=All&fieldManager=probe`,
        {
          body: { apiVersion, kind: 'ApiKey', metadata: { name: 'probe' }, spec: {} },
          contentType: 'application/apply-patch+yaml',
        },
      )
      return status < 300
    },
    async () => {
      const body = {
        metadata: { name: 'probe', annotations: { [injectAnnotation]: 'probe' } },
        spec: { containers: [{ name: 'probe', image: 'probe' }] },
      }
      const { object } = await cluster.request('POST', `${path}/pods?dryRun=All`, { body })
      return JSON.stringify(object).includes('PROBE_TOKEN')
    },
    async () => {
      const body = { metadata: { name: 'probe' } }
      const as = `system:serviceaccount:${operator.namespace}:${operator.serviceAccount}`
      const { status } = await cluster.request('POST', `${path}/secrets?dryRun=All`, { body, as })
      return status === 403
    },
  ]
  const end = Date.now() + 60_000
  for (const probe of probes) {
    while (!(await probe())) {
      if (Date.now() > end) throw new Error('The admission policies do not act after a minute')
      await delay(100)
    }
  }
}
