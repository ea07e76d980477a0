import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestCluster, type TestCluster } from './cluster.ts'
import { install, operator } from './install.ts'

// Every right that the API server says the operator has, held against the whole list of those that it needs: a right that is added
// anywhere, to anything, is noticed.

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster({ install: 'nothing' })
})
afterAll(() => cluster?.stop())

/** The verbs, by resource and group, and by name where the right is to that one object alone. */
type Rights = Readonly<Record<string, readonly string[]>>

const work: Rights = {
  'apikeys.latchkey.dev': ['get', 'list', 'patch', 'watch'],
  'apikeys/status.latchkey.dev': ['patch', 'update'],
  'events.events.k8s.io': ['create'],
  'keyservices.latchkey.dev': ['get', 'list', 'patch', 'watch'],
  'keyservices/status.latchkey.dev': ['patch', 'update'],
  secrets: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
}
const clusterWide: Rights = {
  'clusterkeyservices.latchkey.dev': ['get', 'list', 'patch', 'watch'],
  'clusterkeyservices/status.latchkey.dev': ['patch', 'update'],
}
/** Its Lease, and the Secret with the key of its digests. */
const own: Rights = {
  'leases.coordination.k8s.io': ['create', 'get', 'update'],
  secrets: ['create'],
  'secrets latchkey-operator': ['get'],
}
/** A namespace lies in itself, so that a Role suffices. */
const clusterIdentity: Rights = { 'namespaces kube-system': ['get'] }

describe("the operator's rights", () => {
  it('with namespaces are those in these namespaces, and none in the cluster', async () => {
    await cluster.kubectl('create', 'namespace', 'team')
    await install(cluster, ['team'])
    expect(await rightsIn('team')).toEqual(work)
    expect(await rightsIn(operator.namespace)).toEqual(own)
    expect(await rightsIn('kube-system')).toEqual(clusterIdentity)
    expect(await rightsIn('default')).toEqual({})
    const label = 'app.kubernetes.io/part-of=latchkey'
    const roles = await cluster.kubectl('get', 'clusterroles', '-l', label, '-o', 'name')
    expect(roles).toBe('')
  })

  it('without namespaces reach the whole cluster, and still nothing that is not used', async () => {
    await install(cluster)
    const everywhere = { ...work, ...clusterWide }
    expect(await rightsIn('default')).toEqual(everywhere)
    expect(await rightsIn('kube-system')).toEqual({ ...everywhere, ...clusterIdentity })
    // What it may do to every Secret includes what it may do to its own.
    expect(await rightsIn(operator.namespace)).toEqual({ ...own, ...everywhere })
  })

  it('let it read the uid of kube-system with its own token', async () => {
    const kubeconfig = await cluster.operatorKubeconfig()
    const uid = await cluster.kubectl(
      ...['--kubeconfig', kubeconfig, 'get', 'namespace', 'kube-system'],
      ...['-o', 'jsonpath={.metadata.uid}'],
    )
    expect(uid).toMatch(/^[-0-9a-f]{36}$/)
  })
})

/** What the operator may do there beyond a ServiceAccount to which nobody gave any right. */
async function rightsIn(namespace: string): Promise<Rights> {
  const [all, anybody] = await Promise.all([
    rulesFor(operator.serviceAccount, namespace),
    rulesFor('nobody', namespace),
  ])
  const rights = new Map<string, Set<string>>()
  const theirs = new Set(anybody.map((rule) => JSON.stringify(rule)))
  const further = all.filter((rule) => !theirs.has(JSON.stringify(rule)))
  for (const { apiGroups, resources, resourceNames = [''], verbs } of further) {
    for (const group of apiGroups) {
      for (const resource of resources) {
        for (const name of resourceNames) {
          const about = [[resource, group].filter(Boolean).join('.'), name]
            .filter(Boolean)
            .join(' ')
          rights.set(about, new Set([...(rights.get(about) ?? []), ...verbs]))
        }
      }
    }
  }
  return Object.fromEntries([...rights].map(([about, verbs]) => [about, [...verbs].toSorted()]))
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

interface Resolved {
  readonly resourceRules: readonly Rule[]
  readonly nonResourceRules: readonly {
    readonly nonResourceURLs: readonly string[]
    readonly verbs: readonly string[]
  }[]
}

/** The rules for one of the operator's namespace's ServiceAccounts, as the API server itself resolves them. */
async function rulesFor(serviceAccount: string, namespace: string): Promise<readonly Rule[]> {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
  const kind = 'SelfSubjectRulesReview'
  const { object, message } = await cluster.request('POST', path, {
    body: { apiVersion: 'authorization.k8s.io/v1', kind, spec: { namespace } },
    as: `system:serviceaccount:${operator.namespace}:${serviceAccount}`,
  })
  if (object === undefined) throw new Error(message)
  const { resourceRules, nonResourceRules } = object.status as Resolved
  const urls = nonResourceRules.map(
    ({ nonResourceURLs, verbs }): Rule => ({ apiGroups: [''], resources: nonResourceURLs, verbs }),
  )
  return [...resourceRules, ...urls]
}
