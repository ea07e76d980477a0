import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestCluster, type TestCluster } from './cluster.ts'
import { install, operator } from './install.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster({ install: 'nothing' })
})
afterAll(() => cluster?.stop())

/** `verb resource` or `verb resource/name`, in a namespace; `-` is the cluster. */
type Right = readonly [verb: string, resource: string, namespace: string]

async function may([verb, resource, namespace]: Right): Promise<boolean> {
  const [plural = '', rest] = resource.split('/')
  const [name, group = ''] = plural.split(/\.(.*)/)
  const subresource = rest === 'status' ? rest : undefined
  const { object } = await cluster.request(
    'POST',
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user: `system:serviceaccount:${operator.namespace}:${operator.serviceAccount}`,
          groups: ['system:serviceaccounts', 'system:authenticated'],
          resourceAttributes: {
            verb,
            group,
            resource: name,
            ...(subresource === undefined ? { name: rest ?? '' } : { subresource }),
            ...(namespace === '-' ? {} : { namespace }),
          },
        },
      },
    },
  )
  return (object?.status as { readonly allowed?: boolean } | undefined)?.allowed === true
}

/** What it never needs, wherever it works. */
const never: readonly Right[] = [
  ['create', 'apikeys.latchkey.dev', 'team'],
  ['delete', 'apikeys.latchkey.dev', 'team'],
  ['update', 'secrets/status', 'team'],
  ['get', 'pods', 'team'],
  ['patch', 'deployments.apps', 'team'],
  ['create', 'leases.coordination.k8s.io', 'team'],
  ['list', 'namespaces', '-'],
  ['get', 'namespaces/team', 'team'],
  ['get', 'nodes', '-'],
  ['escalate', 'clusterroles.rbac.authorization.k8s.io', '-'],
  ['impersonate', 'users', '-'],
  ['create', 'serviceaccounts/token', operator.namespace],
  ['update', 'validatingadmissionpolicies.admissionregistration.k8s.io', '-'],
]

const work: readonly Right[] = [
  ['watch', 'apikeys.latchkey.dev', 'team'],
  ['patch', 'apikeys.latchkey.dev', 'team'],
  ['update', 'apikeys.latchkey.dev/status', 'team'],
  ['list', 'keyservices.latchkey.dev', 'team'],
  ['patch', 'keyservices.latchkey.dev/status', 'team'],
  ['create', 'secrets', 'team'],
  ['update', 'secrets', 'team'],
  ['delete', 'secrets', 'team'],
  ['create', 'events.events.k8s.io', 'team'],
]

const own: readonly Right[] = [
  ['get', 'leases.coordination.k8s.io', operator.namespace],
  ['update', 'leases.coordination.k8s.io', operator.namespace],
  ['create', 'secrets', operator.namespace],
  ['get', 'secrets/latchkey-operator', operator.namespace],
  // A namespace lies in itself, so that a Role suffices.
  ['get', 'namespaces/kube-system', 'kube-system'],
]

const clusterWide: readonly Right[] = [
  ['watch', 'clusterkeyservices.latchkey.dev', '-'],
  ['patch', 'clusterkeyservices.latchkey.dev/status', '-'],
  ['list', 'secrets', '-'],
  ['list', 'apikeys.latchkey.dev', '-'],
]

const allowed = async (rights: readonly Right[]) => {
  const answers = await Promise.all(rights.map(may))
  return rights.filter((_right, index) => answers[index])
}

describe("the operator's rights", () => {
  it('with namespaces are those in these namespaces, and none in the cluster', async () => {
    await cluster.kubectl('create', 'namespace', 'team')
    await install(cluster, ['team'])
    expect(await allowed([...work, ...own])).toEqual([...work, ...own])
    const elsewhere = work.map(([verb, resource]): Right => [verb, resource, 'default'])
    expect(await allowed([...clusterWide, ...elsewhere, ...never])).toEqual([])
    const roles = await cluster.kubectl(
      'get',
      'clusterroles',
      '-l',
      'app.kubernetes.io/part-of=latchkey',
      '-o',
      'name',
    )
    expect(roles).toBe('')
  })

  it('without namespaces reach the whole cluster, and still nothing that is not used', async () => {
    await install(cluster)
    const everywhere = [...work, ...own, ...clusterWide]
    expect(await allowed(everywhere)).toEqual(everywhere)
    expect(await allowed(never)).toEqual([])
  })

  it('let it read the uid of kube-system with its own token', async () => {
    const kubeconfig = await cluster.operatorKubeconfig()
    const uid = await cluster.kubectl(
      '--kubeconfig',
      kubeconfig,
      'get',
      'namespace',
      'kube-system',
      '-o',
      'jsonpath={.metadata.uid}',
    )
    expect(uid).toMatch(/^[-0-9a-f]{36}$/)
  })
})
