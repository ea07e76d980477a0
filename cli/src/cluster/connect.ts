import { resolve } from 'node:path'
import {
  type ClusterAccess,
  createKubeClient,
  createTransport,
  type KubeClient,
  loadClusterAccess,
  systemClock,
  type Transport,
} from '@latchkey/operator'

/** A cluster that we talk to with the rights of a kubeconfig. */
export interface Cluster extends AsyncDisposable {
  readonly client: KubeClient
  /** For the few calls that are not about objects. */
  readonly transport: Transport
  readonly access: ClusterAccess
  /** `https://host:port`. */
  readonly server: string
  readonly kubeconfigPath: string
}

/** Prepares the calls to a cluster; nothing is sent yet. Throws when the file cannot be used. */
export function connect(kubeconfigPath: string): Cluster {
  const path = resolve(kubeconfigPath)
  const access = loadClusterAccess({ path, userAgent: 'latchkey-cli/0.1.0' })
  const transport = createTransport(access, { connections: 4 })
  return {
    client: createKubeClient({ transport, clock: systemClock() }),
    transport,
    access,
    server: access.server,
    kubeconfigPath: path,
    [Symbol.asyncDispose]: transport.close,
  }
}

/** The version of the API server, such as `v1.36.3`. Throws with the address when it does not answer. */
export async function serverVersion({ transport, server }: Cluster): Promise<string> {
  const answer = await transport.send({ method: 'GET', path: '/version' }).catch((cause) => {
    throw new Error(`${server} does not answer`, { cause })
  })
  if (answer.status !== 200) throw new Error(`${server} refuses to talk to us (${answer.status})`)
  return (JSON.parse(answer.body) as { readonly gitVersion: string }).gitVersion
}
