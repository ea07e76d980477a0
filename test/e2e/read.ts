import type { ApiKeyStatus } from '@latchkey/core'
import type { World } from './world.ts'

/** An ApiKey as the API server has it. */
export interface ApiKeyObject {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly generation: number
    readonly finalizers?: readonly string[]
    readonly deletionTimestamp?: string
  }
  readonly spec: object
  readonly status?: ApiKeyStatus
}

/** Reads an ApiKey; undefined when there is none. */
export async function readApiKey(
  { cluster }: World,
  namespace: string,
  name: string,
): Promise<ApiKeyObject | undefined> {
  const { object } = await cluster.request(
    'GET',
    `/apis/latchkey.dev/v1alpha1/namespaces/${namespace}/apikeys/${name}`,
  )
  return object as unknown as ApiKeyObject | undefined
}

/** The entries of a Secret in clear text; undefined when there is none. */
export async function readSecret(
  { cluster }: World,
  namespace: string,
  name: string,
): Promise<Record<string, string> | undefined> {
  const { object } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/secrets/${name}`)
  if (object === undefined) return undefined
  const data = (object.data ?? {}) as Record<string, string>
  return Object.fromEntries(
    Object.entries(data).map(([entry, value]) => [
      entry,
      Buffer.from(value, 'base64').toString('utf8'),
    ]),
  )
}
