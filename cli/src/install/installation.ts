// What Latchkey is in a cluster, as objects: the three parts, each in the order in which it is applied.

import { join } from 'node:path'
import {
  admissionPolicies,
  isNotFound,
  type KubeClient,
  type Manifest,
  partOfLatchkey,
  rbac,
} from '@latchkey/operator'
import { readManifests } from '../cluster/read-manifests.ts'
import { repository } from '../repository.ts'

/** Who the operator is in every cluster that this command sets up. */
export const operatorIdentity = {
  namespace: 'latchkey-system',
  serviceAccount: 'latchkey-operator',
} as const

export interface Installation {
  readonly definitions: readonly Manifest[]
  /** Namespaces, the operator's ServiceAccount and its rights. */
  readonly rights: readonly Manifest[]
  readonly policies: readonly Manifest[]
}

/** The objects for this cluster: what it serves decides which policies there are. */
export async function installation(
  client: KubeClient,
  namespaces: readonly string[] | undefined,
): Promise<Installation> {
  const definitions = await readManifests(join(repository, 'crds'))
  return {
    definitions: definitions.map(labelled),
    rights: [
      ...(namespaces ?? []).map(namespaceManifest),
      ...rbac({ ...operatorIdentity, ...(namespaces === undefined ? {} : { namespaces }) }),
    ],
    policies: admissionPolicies({
      operatorNamespace: operatorIdentity.namespace,
      operatorServiceAccount: operatorIdentity.serviceAccount,
      served: { mutating: await servesMutatingPolicies(client) },
    }),
  }
}

/** A namespace that we make carries our label, so that we know later which ones to take away. */
function namespaceManifest(name: string): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: partOfLatchkey } }
}

/** The same object with the label by which we know our own again. */
export function labelled<T extends Manifest>(object: T): T {
  const { metadata } = object
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...partOfLatchkey } } }
}

/** By default from Kubernetes 1.36. */
async function servesMutatingPolicies(client: KubeClient): Promise<boolean> {
  const resource = {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'mutatingadmissionpolicies',
    namespaced: false,
  }
  try {
    await client.listPage(resource, { limit: 1, metadataOnly: true })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}
