/** What a request's path names. */
export type Address = {
  /** The collection's path without a namespace: the same objects seen from any namespace. */
  readonly collection: string
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
}

const PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>v[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<subresource>[^/]+))?)?$/

/** Reads a path of the resource API; undefined for any other. */
export function parseAddress(path: string): Address | undefined {
  const groups = PATH.exec(path)?.groups
  if (groups === undefined) return undefined
  const { group = '', version = '', plural = '', namespace, name, subresource } = groups
  return {
    collection: `${group}/${version}/${plural}`,
    group,
    version,
    plural,
    namespace: namespace && decodeURIComponent(namespace),
    name: name && decodeURIComponent(name),
    subresource,
  }
}

/** The key of an object within its collection. */
export function storeKey(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}
