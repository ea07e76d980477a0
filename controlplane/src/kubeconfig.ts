import { stringify } from 'yaml'
import type { KeyPair } from './certificates.ts'

/** A kubeconfig with one cluster, one user and one context of this name, everything inline. */
export function kubeconfig(options: {
  readonly name: string
  readonly url: string
  readonly caPem: string
  readonly client: KeyPair
}): string {
  const { name } = options
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: { server: options.url, 'certificate-authority-data': base64(options.caPem) },
      },
    ],
    users: [
      {
        name,
        user: {
          'client-certificate-data': base64(options.client.certPem),
          'client-key-data': base64(options.client.keyPem),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
