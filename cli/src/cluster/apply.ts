import { ApiError, isNotFound, type KubeClient, type KubeObject } from '@latchkey/operator'
import { placeOf } from './kinds.ts'
import { type Patience, until } from './until.ts'

/** The name under which our writes stand in the managed fields of objects. */
export const fieldManager = 'latchkey-cli'

/**
 * Applies objects in their order, from the server's side. Fields of theirs that somebody else has set become ours: ask
 * before, where that matters. Safe to repeat, so what the server cannot do yet is repeated: for some seconds after a CRD
 * is new, its mutating policies refuse the kind that they do not know.
 */
export async function apply(
  client: KubeClient,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  for (const object of objects) {
    let refusal: unknown
    const patience: Patience = { signal, seconds: applySeconds }
    const applied = await until(patience, async () => {
      try {
        const options = { fieldManager, force: true, signal }
        return await client.serverSideApply(placeOf(object).resource, object, options)
      } catch (error) {
        if (!isPassing(error)) throw error
        refusal = error
        return undefined
      }
    })
    if (applied === undefined) throw refusal
  }
}

/** How long an object may be refused for reasons that pass. */
const applySeconds = 30

function isPassing(error: unknown): boolean {
  return error instanceof ApiError && (error.status >= 500 || error.status === 429)
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
