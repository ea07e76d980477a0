import type { StoredObject } from './object-store.ts'

/** Whether an object belongs to what a list or watch asks for. */
export type Selects = (object: StoredObject) => boolean

/** Reads namespace, label selector (equality, inequality, existence) and field selector (metadata alone). */
export function parseSelection(namespace: string | undefined, query: URLSearchParams): Selects {
  const labels = requirements(query.get('labelSelector'))
  const fields = requirements(query.get('fieldSelector'))
  return ({ metadata }) =>
    (namespace === undefined || metadata.namespace === namespace) &&
    labels.every((holds) => holds((name) => metadata.labels?.[name])) &&
    fields.every((holds) => holds((path) => String(metadata[path.replace('metadata.', '')] ?? '')))
}

type Requirement = (read: (name: string) => string | undefined) => boolean

function requirements(selector: string | null): readonly Requirement[] {
  return (selector ?? '')
    .split(',')
    .filter((term) => term !== '')
    .map((term): Requirement => {
      const [name = '', value = ''] = term.split(/!?==?/)
      if (term.includes('!=')) return (read) => read(name) !== value
      if (term.includes('=')) return (read) => read(name) === value
      return (read) => read(term) !== undefined
    })
}
