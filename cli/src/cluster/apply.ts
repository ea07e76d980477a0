import { isNotFound, type KubeClient, type KubeObject } from '@latchkey/operator'
import { placeOf } from './kinds.ts'

/** The name under which our writes stand in the managed fields of objects. */
export const fieldManager = 'latchkey-cli'

/**
 * Applies objects in their order, from the server's side. Fields of theirs that somebody else has set become ours: ask
 * before, where that matters. Safe to repeat.
 */
export async function apply(client: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) {
    await client.serverSideApply(placeOf(object).resource, object, { fieldManager, force: true })
  }
}

/** The object as it stands in the cluster, or undefined when there is none (or no such kind). */
export async function find<T extends KubeObject>(
  client: KubeClient,
  object: KubeObject,
): Promise<T | undefined> {
  const { resource, name } = placeOf(object)
  try {
    return await client.get<T>(resource, name)
  } catch (error) {
    return ignoreNotFound(error)
  }
}

/** For a catch: an object that is not there is an answer. */
export function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}
