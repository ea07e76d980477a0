// The operator's access to the cluster: its own ServiceAccount, with a token that is replaced before it ends.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writePrivateFile } from '@latchkey/controlplane'
import { stringify } from 'yaml'
import type { Cluster } from '../cluster/connect.ts'
import { operatorIdentity } from '../install/installation.ts'

/** Access that is kept fresh until it is disposed of. */
export interface OperatorAccess extends Disposable {
  readonly kubeconfigPath: string
}

const lifeSeconds = 3600

/** Looked at this often instead of once after two thirds of an hour: a machine that slept has missed its timers. */
const lookMilliseconds = 60_000

/**
 * Writes a kubeconfig that names a token file, and keeps the token in it fresh. The operator reads the file again by
 * itself. A renewal that fails is tried again a minute later; a third of the token's life is left for that.
 */
export async function operatorAccess(cluster: Cluster, folder: string): Promise<OperatorAccess> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const tokenPath = join(folder, 'token')
  const kubeconfigPath = join(folder, 'kubeconfig')
  let renewAt = 0
  const renew = async () => {
    const { token, expirationMilliseconds } = await requestToken(cluster)
    await writePrivateFile(tokenPath, token)
    renewAt = Date.now() + (expirationMilliseconds - Date.now()) * (2 / 3)
  }
  await renew()
  await writePrivateFile(kubeconfigPath, stringify(await kubeconfig(cluster, tokenPath)))
  const timer = setInterval(() => {
    if (Date.now() > renewAt) renew().catch(() => undefined)
  }, lookMilliseconds)
  timer.unref()
  return { kubeconfigPath, [Symbol.dispose]: () => clearInterval(timer) }
}

async function requestToken({ transport }: Cluster) {
  const { namespace, serviceAccount } = operatorIdentity
  const answer = await transport.send({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: lifeSeconds },
    }),
  })
  if (answer.status !== 201) {
    throw new Error(`The cluster gives the operator's ServiceAccount no token (${answer.status})`)
  }
  const { status } = JSON.parse(answer.body) as {
    readonly status: { readonly token: string; readonly expirationTimestamp: string }
  }
  return { token: status.token, expirationMilliseconds: Date.parse(status.expirationTimestamp) }
}

async function kubeconfig({ access }: Cluster, tokenPath: string): Promise<object> {
  const name = operatorIdentity.serviceAccount
  const { ca, servername, rejectUnauthorized } = await access.tls()
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: access.server,
          ...(ca && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
          ...(servername && { 'tls-server-name': servername }),
          ...(rejectUnauthorized === false && { 'insecure-skip-tls-verify': true }),
        },
      },
    ],
    users: [{ name, user: { tokenFile: tokenPath } }],
    contexts: [
      { name, context: { cluster: name, user: name, namespace: operatorIdentity.namespace } },
    ],
    'current-context': name,
  }
}
