import { type Credential, credentialFromParts, KeyError } from '@latchkey/core'
import { secrets } from '../names.ts'
import { isForbidden, isNotFound } from '../runtime/api-error.ts'
import type { KubeClient } from '../runtime/client.ts'
import type { KubeObject } from '../runtime/resource.ts'
import { credentialNamespace, type ServiceRecord } from './service-record.ts'

/**
 * Reads the credential that a KeyService names. Throws `CredentialNotFound` with a sentence that says which Secret
 * or entry is missing; a failing API server throws as it is.
 */
export async function readCredential(
  client: KubeClient,
  record: ServiceRecord,
): Promise<Credential> {
  const namespace = credentialNamespace(record)
  const { tokenRef, keyRef, secretRef } = record.spec.credentials

  async function entry(ref: { readonly name: string; readonly key: string }): Promise<string> {
    const secret = await client
      .get<KubeObject & { data?: Record<string, string> }>(secrets, { namespace, name: ref.name })
      .catch((error: unknown) => {
        if (isNotFound(error))
          throw missing(`Secret ${namespace}/${ref.name} does not exist: create it`)
        if (isForbidden(error))
          throw missing(`Secret ${namespace}/${ref.name} may not be read by the operator`)
        throw error
      })
    const text = Buffer.from(secret.data?.[ref.key] ?? '', 'base64')
      .toString('utf8')
      .trim()
    if (text === '')
      throw missing(`Secret ${namespace}/${ref.name} has no entry ${ref.key}: add it`)
    return text
  }

  const credential = credentialFromParts({
    token: tokenRef && (await entry(tokenRef)),
    apiKey: keyRef && (await entry(keyRef)),
    apiSecret: secretRef && (await entry(secretRef)),
  })
  if (credential === undefined) throw missing('spec.credentials names no complete credential')
  return credential
}

function missing(message: string): KeyError {
  return new KeyError('CredentialNotFound', message)
}
