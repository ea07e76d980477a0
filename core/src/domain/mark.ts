import type { Reason } from './reason.ts'

/**
 * The ownership mark: what we write on a key at the service to know it again. Only keys that carry our mark are
 * ever revoked, and after a crash the mark tells which ApiKey and which revision a key was made for.
 */
export interface Mark {
  /** Identity of the cluster: the uid of its `kube-system` namespace. */
  readonly cluster: string
  readonly namespace: string
  readonly name: string
  /** uid of the ApiKey: a deleted and recreated one is another. */
  readonly uid: string
  /** The how-manieth key of the ApiKey, from 1. */
  readonly revision: number
  /** Hash of the part of the spec the key was issued for. */
  readonly specHash: string
  /** Why this key was issued: decides whether its predecessor gets a grace period. */
  readonly cause: Reason
}

const prefix = 'latchkey.dev/'

/** The mark as the metadata of a key, all values strings. */
export function markToMetadata(mark: Mark): Record<string, string> {
  return {
    [`${prefix}cluster`]: mark.cluster,
    [`${prefix}namespace`]: mark.namespace,
    [`${prefix}name`]: mark.name,
    [`${prefix}uid`]: mark.uid,
    [`${prefix}revision`]: String(mark.revision),
    [`${prefix}spec-hash`]: mark.specHash,
    [`${prefix}cause`]: mark.cause,
  }
}

/** The mark on a key, or undefined when it carries none of ours. */
export function markFromMetadata(metadata: Readonly<Record<string, string>>): Mark | undefined {
  const text = (name: string) => metadata[prefix + name]
  const [cluster, uid] = [text('cluster'), text('uid')]
  const revision = Number(text('revision'))
  if (!cluster || !uid || !Number.isSafeInteger(revision) || revision < 1) return undefined
  return {
    cluster,
    uid,
    revision,
    namespace: text('namespace') ?? '',
    name: text('name') ?? '',
    specHash: text('spec-hash') ?? '',
    cause: (text('cause') ?? 'Issued') as Reason,
  }
}

/** The metadata filter that finds every key of one ApiKey, or of a whole cluster. */
export function markFilter(of: {
  readonly cluster: string
  readonly uid?: string
}): Record<string, string> {
  return {
    [`${prefix}cluster`]: of.cluster,
    ...(of.uid === undefined ? {} : { [`${prefix}uid`]: of.uid }),
  }
}
