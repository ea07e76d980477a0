import { randomBytes } from 'node:crypto'
import { managedBy, managedByLabel, secrets } from '../names.ts'
import { isAlreadyExists, isNotFound } from '../runtime/api-error.ts'
import type { KubeClient } from '../runtime/client.ts'
import type { KubeObject } from '../runtime/resource.ts'

type SecretObject = KubeObject & { readonly data?: Readonly<Record<string, string>> }

const entry = 'digest-key'

/**
 * The key of our digests, kept in a Secret of the operator's own namespace and made once. Two operators that start at
 * once end up with the same one: the first create wins, the other reads.
 */
export async function loadDigestKey(
  client: KubeClient,
  namespace: string,
): Promise<{ key: Buffer; uid: string }> {
  const name = { namespace, name: 'latchkey-operator' }
  try {
    return read(await client.get<SecretObject>(secrets, name))
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  try {
    return read(
      await client.create<SecretObject>(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { ...name, labels: { [managedByLabel]: managedBy } },
        data: { [entry]: randomBytes(32).toString('base64') },
      } as SecretObject),
    )
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    return read(await client.get<SecretObject>(secrets, name))
  }
}

function read(secret: SecretObject): { key: Buffer; uid: string } {
  const key = Buffer.from(secret.data?.[entry] ?? '', 'base64')
  const { namespace, name, uid = '' } = secret.metadata
  if (key.length < 32) {
    throw new Error(
      `Secret ${namespace}/${name} has no usable entry ${entry}: delete it, and a new one is made`,
    )
  }
  return { key, uid }
}
