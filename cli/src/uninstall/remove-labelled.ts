import { type KubeClient, type KubeObject, partOfLatchkey, type Resource } from '@latchkey/operator'
import { ignoreNotFound } from '../cluster/apply.ts'
import { resourceOf } from '../cluster/kinds.ts'
import { listAll } from '../cluster/list-all.ts'
import { type Patience, until } from '../cluster/until.ts'
import type { Kind } from './removal-order.ts'

/** Everything of a kind that carries our label, in all namespaces. */
export function listOurs(client: KubeClient, resource: Resource): Promise<readonly KubeObject[]> {
  const [label] = Object.entries(partOfLatchkey).map(([name, value]) => `${name}=${value}`)
  return listAll(client, resource, { labelSelector: label, metadataOnly: true })
}

/** Deletes our objects of these kinds, kind by kind, and waits until they are gone. Gives how many there were. */
export async function removeLabelled(
  client: KubeClient,
  what: { readonly kinds: readonly Kind[]; readonly only?: string },
  patience: Patience,
): Promise<number> {
  let count = 0
  for (const kind of what.kinds) {
    const resource = resourceOf({ ...kind, metadata: {} })
    const list = async () =>
      (await listOurs(client, resource)).filter(
        ({ metadata }) => what.only === undefined || metadata.name === what.only,
      )
    const found = await list()
    count += found.length
    await removeAll(client, resource, found)
    const gone = await until(patience, async () => ((await list()).length === 0 ? true : undefined))
    if (!gone)
      throw new Error(`${await namesOf(list)} (${kind.kind}) does not go: look at its finalizers`)
  }
  return count
}

/** Asks for the deletion of each; dependents follow in the background. */
export async function removeAll(
  client: KubeClient,
  resource: Resource,
  objects: readonly KubeObject[],
): Promise<void> {
  for (const { metadata } of objects) {
    const { namespace, name = '' } = metadata
    await client
      .delete(resource, { namespace, name }, { propagation: 'Background' })
      .catch(ignoreNotFound)
  }
}

async function namesOf(list: () => Promise<readonly KubeObject[]>): Promise<string> {
  return (await list()).map(({ metadata }) => metadata.name).join(', ')
}
