import {
  type KubeClient,
  type KubeObject,
  managedBy,
  managedByLabel,
  namespaces,
  secretAnnotation,
  secrets,
} from '@latchkey/operator'
import { listAll } from '../cluster/list-all.ts'
import { type Patience, until } from '../cluster/until.ts'
import { listOurs, removeAll } from './remove-labelled.ts'

/** What became of the namespaces that we have made. */
export interface RemovedNamespaces {
  readonly removed: readonly string[]
  /** They hold Secrets with tokens that were to stay. */
  readonly kept: readonly string[]
  /** On their way out when patience ended. */
  readonly going: readonly string[]
}

/** Deletes the namespaces that carry our label, but none that holds a Secret which is to stay, and waits. */
export async function removeNamespaces(
  client: KubeClient,
  patience: Patience,
): Promise<RemovedNamespaces> {
  const holding = await namespacesWithTokens(client)
  const ours = await listOurs(client, namespaces)
  const doomed = ours.filter(({ metadata }) => !holding.has(metadata.name))
  await removeAll(client, namespaces, doomed)
  const doomedNames = namesOf(doomed)
  const left = async () =>
    namesOf(await listOurs(client, namespaces)).filter((name) => doomedNames.includes(name))
  const gone = await until(patience, async () => ((await left()).length === 0 ? true : undefined))
  const going = gone ? [] : await left()
  return {
    removed: doomedNames.filter((name) => !going.includes(name)),
    kept: namesOf(ours).filter((name) => holding.has(name)),
    going,
  }
}

async function namespacesWithTokens(client: KubeClient): Promise<ReadonlySet<string | undefined>> {
  const found = await listAll<KubeObject>(client, secrets, {
    labelSelector: `${managedByLabel}=${managedBy}`,
    metadataOnly: true,
  })
  return new Set(
    found
      .filter(({ metadata }) => metadata.annotations?.[secretAnnotation.credentialId])
      // One with an owner only waits for the garbage collector: its ApiKey is gone.
      .filter(({ metadata }) => (metadata.ownerReferences ?? []).length === 0)
      .map(({ metadata }) => metadata.namespace),
  )
}

function namesOf(objects: readonly KubeObject[]): readonly string[] {
  return objects.flatMap(({ metadata }) => metadata.name ?? [])
}
