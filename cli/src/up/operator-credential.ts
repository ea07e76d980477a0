// The operator's own credential at the key service: never the administrator's, and with no right that it does not need.

import { Token } from '@latchkey/core'
import type { KubeClient, Manifest } from '@latchkey/operator'
import { apply, find } from '../cluster/apply.ts'
import { labelled } from '../install/installation.ts'
import type { KeyServiceClient } from './key-service-client.ts'

/** What the operator does at a key service. */
const operatorRights = ['readApiKeys', 'writeApiKeys', 'verifyApiKeys'] as const

export interface CredentialWish {
  readonly namespace: string
  /** The name of the Secret, and the entry in it. */
  readonly secret: { readonly name: string; readonly key: string }
  /** What the keys that it issues may have: nobody can grant what he does not have himself. */
  readonly scopes: readonly string[]
  /** The identity of the cluster. */
  readonly cluster: string
  readonly signal: AbortSignal
}

/** The Secret without its data: who it is, for those who look before they write. */
export function credentialSecret({
  namespace,
  secret,
}: Pick<CredentialWish, 'namespace' | 'secret'>): Manifest {
  return labelled({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secret.name, namespace },
    type: 'Opaque',
  })
}

/** What marks the operator's credentials at the key service: which cluster they are for. */
export function operatorMetadata(cluster: string): Readonly<Record<string, string>> {
  return { 'latchkey.dev/operator-of': cluster }
}

/**
 * Sees to it that the Secret holds a credential that works and has these rights. One that does is left as it is. A new
 * one is stored before the ones of earlier runs are revoked, so that a crash in between leaves a working one.
 */
export async function ensureOperatorCredential(
  client: KubeClient,
  service: KeyServiceClient,
  wish: CredentialWish,
): Promise<void> {
  const rights = [...operatorRights, ...wish.scopes]
  const manifest = credentialSecret(wish)
  const present = await find<Manifest>(client, manifest)
  const data = (present?.data ?? {}) as Readonly<Record<string, string>>
  const kept = Buffer.from(data[wish.secret.key] ?? '', 'base64').toString()
  if (kept !== '' && (await service.works(new Token(kept), rights))) return
  const metadata = operatorMetadata(wish.cluster)
  const former = await service.list(metadata)
  const { token } = await service.issue({
    displayName: 'Latchkey operator',
    description: `Issues and revokes the keys of ${wish.namespace}`,
    scopes: rights,
    metadata,
  })
  const encoded = Buffer.from(token.reveal()).toString('base64')
  const filled = { ...manifest, data: { [wish.secret.key]: encoded } } as Manifest
  await apply(client, [filled], wish.signal)
  for (const keyId of former) await service.revoke(keyId)
}
