import { isNotFound, type KubeClient, type ListOptions, type Resource } from '@latchkey/operator'

/** Every object of a collection. A kind that the cluster does not have is an empty collection. */
export async function listAll<T>(
  client: KubeClient,
  resource: Resource,
  options: ListOptions = {},
): Promise<readonly T[]> {
  const objects: T[] = []
  try {
    for await (const object of client.list<T>(resource, options)) objects.push(object)
    return objects
  } catch (error) {
    if (isNotFound(error)) return []
    throw error
  }
}
