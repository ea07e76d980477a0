// Nine tenths of what the API server answers to a write, and tells of it again on the watch, is bookkeeping that nobody
// here reads (`managedFields` above all), while parsing JSON is a tenth of the operator's work. Which version it is stands
// at the front.

/** The front of an object's metadata: which object in which version. */
export type MetadataHead = {
  readonly name: string
  readonly namespace: string | undefined
  readonly uid: string
  readonly resourceVersion: string
}

/** `name` to `resourceVersion` in the order of Go's ObjectMeta; none of these texts can hold a quote. */
const METADATA =
  '\\{"kind":"PartialObjectMetadata","apiVersion":"meta\\.k8s\\.io/v1","metadata":' +
  '\\{"name":"([^"\\\\]*)"(?:,"generateName":"[^"\\\\]*")?(?:,"namespace":"([^"\\\\]*)")?' +
  ',"uid":"([^"\\\\]*)","resourceVersion":"([^"\\\\]*)"'
const OBJECT = new RegExp(`^${METADATA}`)
const CHANGE = new RegExp(`^\\{"type":"(?:ADDED|MODIFIED)","object":${METADATA}`)

/**
 * Reads the head of a `PartialObjectMetadata` without parsing it. Matched from the first letter on, so no text of a user
 * can pose as a head; undefined for every text that begins in another way, which has to be parsed then.
 */
export function headOfMetadata(text: string): MetadataHead | undefined {
  return headOf(OBJECT, text)
}

/** The same for a line of a watch that tells of such an object having been added or modified. */
export function headOfChange(line: string): MetadataHead | undefined {
  return headOf(CHANGE, line)
}

function headOf(pattern: RegExp, text: string): MetadataHead | undefined {
  const found = pattern.exec(text)
  if (found === null) return undefined
  const [, name = '', namespace, uid = '', resourceVersion = ''] = found
  return { name, namespace, uid, resourceVersion }
}
