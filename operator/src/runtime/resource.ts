/** A kind as the API server addresses it. `group` is empty for the core group. */
export type Resource = {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly namespaced: boolean
}

/** Which object of a resource. `namespace` is required exactly where the resource is namespaced. */
export type ObjectName = { readonly namespace?: string | undefined; readonly name: string }

/** The metadata that every object has; callers bring the types of the rest. */
export type ObjectMeta = {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly finalizers?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly {
    readonly apiVersion: string
    readonly kind: string
    readonly name: string
    readonly uid: string
    readonly controller?: boolean
    readonly blockOwnerDeletion?: boolean
  }[]
}

/** Any object of the API. */
export type KubeObject = {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMeta
}

/** The path of a collection: of one namespace, or of all of them. */
export function collectionPath(resource: Resource, namespace: string | undefined): string {
  const { group, version, plural } = resource
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  if (namespace === undefined || namespace === '') return `${root}/${plural}`
  if (!resource.namespaced) throw new TypeError(`${plural} have no namespace`)
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
}

/** The path of one object or of its subresource. */
export function objectPath(resource: Resource, name: ObjectName, subresource?: string): string {
  if (resource.namespaced && !name.namespace) {
    throw new TypeError(`${resource.plural} "${name.name}": the namespace is missing`)
  }
  if (name.name === '') throw new TypeError(`${resource.plural}: the name is missing`)
  const namespace = resource.namespaced ? name.namespace : undefined
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name.name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}
