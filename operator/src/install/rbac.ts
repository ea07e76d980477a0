// What the operator may do: only what it does.

import { type Manifest, partOfLatchkey } from './manifest.ts'

/** Where the operator runs and what it is for. */
export interface RbacOptions {
  /** Namespace of the operator, its ServiceAccount and its Leases. */
  readonly namespace: string
  readonly serviceAccount: string
  /**
   * The namespaces whose ApiKeys it serves; without them the whole cluster. With them it has Roles alone, and
   * ClusterKeyServices, which no Role can reach, are not served.
   */
  readonly namespaces?: readonly string[]
}

interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}

const group = 'rbac.authorization.k8s.io'
const apiVersion = `${group}/v1`

/** The work, in a namespace. What it may write into Secrets is bounded further by an admission policy. */
const workRules: readonly PolicyRule[] = [
  {
    apiGroups: ['latchkey.dev'],
    resources: ['apikeys', 'keyservices'],
    verbs: ['get', 'list', 'watch', 'patch'],
  },
  {
    apiGroups: ['latchkey.dev'],
    resources: ['apikeys/status', 'keyservices/status'],
    verbs: ['update', 'patch'],
  },
  {
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
  },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
]

const clusterRules: readonly PolicyRule[] = [
  {
    apiGroups: ['latchkey.dev'],
    resources: ['clusterkeyservices'],
    verbs: ['get', 'list', 'watch', 'patch'],
  },
  {
    apiGroups: ['latchkey.dev'],
    resources: ['clusterkeyservices/status'],
    verbs: ['update', 'patch'],
  },
]

/** Its own affairs, in its own namespace: leader election, and the Secret with the key of its digests. */
const ownRules: readonly PolicyRule[] = [
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['get', 'create', 'update'],
  },
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  {
    apiGroups: [''],
    resources: ['secrets'],
    resourceNames: ['latchkey-operator'],
    verbs: ['get'],
  },
]

/** The uid of this namespace is the cluster's identity on every key. The namespace itself counts as lying in itself. */
const clusterIdentityRules: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['namespaces'],
    resourceNames: ['kube-system'],
    verbs: ['get'],
  },
]

/**
 * The operator's Namespace, ServiceAccount, roles and bindings, in the order in which to apply them. The namespaces that
 * it is limited to have to exist.
 */
export function rbac(options: RbacOptions): readonly Manifest[] {
  const role = roleFor(options)
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: metadata(options.namespace) },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { ...metadata(options.serviceAccount), namespace: options.namespace },
    },
    ...role(options.namespace, 'latchkey-operator-self', ownRules),
    ...role('kube-system', 'latchkey-cluster-identity', clusterIdentityRules),
    ...(options.namespaces === undefined
      ? role(undefined, 'latchkey-operator', [...workRules, ...clusterRules])
      : options.namespaces.flatMap((namespace) => role(namespace, 'latchkey-operator', workRules))),
  ]
}

function metadata(name: string) {
  return { name, labels: partOfLatchkey }
}

/** A role, cluster-wide where no namespace is given, and its binding to the operator's ServiceAccount. */
function roleFor(options: RbacOptions) {
  return (
    namespace: string | undefined,
    name: string,
    rules: readonly PolicyRule[],
  ): Manifest[] => {
    const kind = namespace === undefined ? 'ClusterRole' : 'Role'
    const place = { ...metadata(name), ...(namespace === undefined ? {} : { namespace }) }
    return [
      { apiVersion, kind, metadata: place, rules },
      {
        apiVersion,
        kind: `${kind}Binding`,
        metadata: place,
        roleRef: { apiGroup: group, kind, name },
        subjects: [
          { kind: 'ServiceAccount', name: options.serviceAccount, namespace: options.namespace },
        ],
      },
    ]
  }
}
