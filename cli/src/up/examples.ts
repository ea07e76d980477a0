// The examples of the repository, as they are applied to a cluster of which we run the key service.

import { join } from 'node:path'
import {
  apiKeySpec,
  describeIssues,
  type KeyServiceSpec,
  keyServiceSpec,
  parseFields,
} from '@latchkey/core'
import type { Manifest } from '@latchkey/operator'
import { readManifests } from '../cluster/read-manifests.ts'
import { labelled } from '../install/installation.ts'
import { repository } from '../repository.ts'

/** The examples by what has to be there first. */
export interface Examples {
  readonly namespace: string
  readonly namespaces: readonly Manifest[]
  readonly services: readonly Manifest[]
  readonly apiKeys: readonly Manifest[]
  /** What asks for keys: applied when the injection acts. */
  readonly workloads: readonly Manifest[]
  /** Every scope that any of the ApiKeys asks for. */
  readonly scopes: readonly string[]
  /** Where the services look for the operator's credential. */
  readonly credential: { readonly name: string; readonly key: string }
}

/**
 * Reads the examples, with the services at the address that ours really has. Throws with a sentence for what cannot be
 * applied, before anything of it is.
 */
export async function readExamples(
  url: string,
  folder = join(repository, 'examples/yaml'),
): Promise<Examples> {
  const manifests = (await readManifests(folder)).map(labelled)
  for (const manifest of manifests) check(manifest, folder)
  const ofKind = (...kinds: string[]) => manifests.filter(({ kind }) => kinds.includes(kind))
  const services = ofKind('KeyService').map((manifest) => withUrl(manifest, url))
  const apiKeys = ofKind('ApiKey')
  const [service] = services
  if (service === undefined) throw new Error('examples/yaml has no KeyService')
  const { tokenRef } = specOf<KeyServiceSpec>(service).credentials
  if (tokenRef === undefined) throw new Error('The KeyService of examples/yaml names no tokenRef')
  return {
    namespace: service.metadata.namespace ?? 'default',
    namespaces: ofKind('Namespace'),
    services,
    apiKeys,
    workloads: manifests.filter(({ kind }) => !known.includes(kind)),
    scopes: [
      ...new Set(apiKeys.flatMap((apiKey) => specOf<{ scopes?: string[] }>(apiKey).scopes ?? [])),
    ].sort(),
    credential: { name: tokenRef.name, key: tokenRef.key ?? 'token' },
  }
}

/** The API server would say the same, later and in the middle of everything. */
function check(manifest: Manifest, folder: string): void {
  const schema = { ApiKey: apiKeySpec, KeyService: keyServiceSpec }[manifest.kind]
  if (schema === undefined) return
  const parsed = parseFields(schema, specOf<unknown>(manifest) ?? {}, 'spec')
  if (parsed.kind === 'valid') return
  const { kind, metadata } = manifest
  throw new Error(`${kind} ${metadata.name} in ${folder}: ${describeIssues(parsed.issues)}`)
}

const known: readonly string[] = ['Namespace', 'KeyService', 'ApiKey']

function withUrl(manifest: Manifest, url: string): Manifest {
  return { ...manifest, spec: { ...specOf<KeyServiceSpec>(manifest), url } } as Manifest
}

function specOf<T>(manifest: Manifest): T {
  return (manifest as unknown as { readonly spec: T }).spec
}
