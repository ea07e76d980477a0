// In which order Latchkey leaves a cluster. What could hinder others goes first; what the rest needs in order to go, last.

/** A kind to look through for objects with our label. */
export interface Kind {
  readonly apiVersion: string
  readonly kind: string
}

/** One thing to do. */
export type Stage =
  /** Deletes what carries our label, of these kinds in this order; of `only`, if given, the objects of this name. */
  | {
      readonly kind: 'objects'
      readonly title: string
      readonly kinds: readonly Kind[]
      readonly only?: string
    }
  /** Revokes or lets go every ApiKey, and waits until all are gone. */
  | { readonly kind: 'apiKeys' }
  /** Removes the KeyServices, which are held while ApiKeys need them. */
  | { readonly kind: 'keyServices' }
  /** Ends the operator that this command has started. */
  | { readonly kind: 'operator' }
  /** Removes the namespaces that we have made. */
  | { readonly kind: 'namespaces' }

const admission = 'admissionregistration.k8s.io/v1'
const authorization = 'rbac.authorization.k8s.io/v1'

/** A binding goes before what it binds: there is no moment in which a policy acts without what it needs. */
const policies: readonly Kind[] = [
  { apiVersion: admission, kind: 'MutatingAdmissionPolicyBinding' },
  { apiVersion: admission, kind: 'MutatingAdmissionPolicy' },
  { apiVersion: admission, kind: 'ValidatingAdmissionPolicyBinding' },
  { apiVersion: admission, kind: 'ValidatingAdmissionPolicy' },
]

export const removalOrder: readonly Stage[] = [
  {
    kind: 'objects',
    title: 'the injection',
    kinds: policies.filter(({ kind }) => kind.startsWith('Mutating')),
    only: 'inject.latchkey.dev',
  },
  { kind: 'objects', title: 'workloads', kinds: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] },
  { kind: 'apiKeys' },
  { kind: 'keyServices' },
  { kind: 'operator' },
  {
    kind: 'objects',
    title: "the operator's rights and credentials",
    kinds: [
      { apiVersion: authorization, kind: 'ClusterRoleBinding' },
      { apiVersion: authorization, kind: 'ClusterRole' },
      { apiVersion: authorization, kind: 'RoleBinding' },
      { apiVersion: authorization, kind: 'Role' },
      { apiVersion: 'v1', kind: 'ServiceAccount' },
      { apiVersion: 'v1', kind: 'Secret' },
    ],
  },
  { kind: 'objects', title: 'the admission policies', kinds: policies },
  {
    kind: 'objects',
    title: 'the CRDs',
    kinds: [{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }],
  },
  { kind: 'namespaces' },
]
