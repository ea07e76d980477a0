import type { KubeObject, Resource } from '@latchkey/operator'

/**
 * Where the API server keeps the kinds that we install and apply. A fixed list instead of discovery: it is short, and a
 * kind that is not in it was never meant to be applied by us.
 */
const kinds: Readonly<Record<string, readonly [plural: string, place: 'cluster' | 'namespace']>> = {
  'v1/Namespace': ['namespaces', 'cluster'],
  'v1/Secret': ['secrets', 'namespace'],
  'v1/ServiceAccount': ['serviceaccounts', 'namespace'],
  'v1/Pod': ['pods', 'namespace'],
  'apps/v1/Deployment': ['deployments', 'namespace'],
  'apiextensions.k8s.io/v1/CustomResourceDefinition': ['customresourcedefinitions', 'cluster'],
  'rbac.authorization.k8s.io/v1/Role': ['roles', 'namespace'],
  'rbac.authorization.k8s.io/v1/RoleBinding': ['rolebindings', 'namespace'],
  'rbac.authorization.k8s.io/v1/ClusterRole': ['clusterroles', 'cluster'],
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': ['clusterrolebindings', 'cluster'],
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy': [
    'validatingadmissionpolicies',
    'cluster',
  ],
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding': [
    'validatingadmissionpolicybindings',
    'cluster',
  ],
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy': [
    'mutatingadmissionpolicies',
    'cluster',
  ],
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding': [
    'mutatingadmissionpolicybindings',
    'cluster',
  ],
  'latchkey.dev/v1alpha1/ApiKey': ['apikeys', 'namespace'],
  'latchkey.dev/v1alpha1/KeyService': ['keyservices', 'namespace'],
  'latchkey.dev/v1alpha1/ClusterKeyService': ['clusterkeyservices', 'cluster'],
}

/** The resource of an object. Throws for kinds that are not ours to apply. */
export function resourceOf({ apiVersion = '', kind = '' }: KubeObject): Resource {
  const found = kinds[`${apiVersion}/${kind}`]
  if (found === undefined) throw new Error(`${apiVersion} ${kind} is no kind that Latchkey applies`)
  const [plural, place] = found
  const [first = '', second] = apiVersion.split('/')
  const [group, version] = second === undefined ? ['', first] : [first, second]
  return { group, version, plural, namespaced: place === 'namespace' }
}

/** Where an object of a manifest lies: its resource and its name. */
export function placeOf(object: KubeObject) {
  const { namespace, name = '' } = object.metadata
  return { resource: resourceOf(object), name: { namespace, name } }
}
