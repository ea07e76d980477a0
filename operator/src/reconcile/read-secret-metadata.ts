import type { DesiredKey } from '@latchkey/core'
import { secrets } from '../names.ts'
import { isNotFound } from '../runtime/api-error.ts'
import type { KubeClient } from '../runtime/client.ts'
import type { KubeObject } from '../runtime/resource.ts'

/** The metadata of the Secret of the desired name, whoever's it is; undefined when there is none. */
export async function readSecretMetadata(
  client: KubeClient,
  { identity, secret }: DesiredKey,
): Promise<KubeObject | undefined> {
  const name = { namespace: identity.namespace, name: secret.name }
  try {
    return await client.get(secrets, name, { metadataOnly: true })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
