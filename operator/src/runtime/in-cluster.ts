import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from './clock.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { createCredentials } from './credentials.ts'
import { KubeconfigError } from './kubeconfig-error.ts'

/** Where the kubelet mounts a pod's ServiceAccount. */
const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

type Env = Readonly<Record<string, string | undefined>>

/** Whether this process runs in a pod that may talk to its API server. */
export function runsInCluster(env: Env, folder = SERVICE_ACCOUNT_FOLDER): boolean {
  return env.KUBERNETES_SERVICE_HOST !== undefined && existsSync(join(folder, 'token'))
}

/**
 * The access of the pod's own ServiceAccount; the token and the CA are read again as the kubelet renews them.
 *
 * @throws KubeconfigError when the environment of a pod is missing.
 */
export function inClusterAccess(options: {
  readonly env: Env
  readonly clock: Clock
  readonly userAgent: string
  readonly folder?: string
}): ClusterAccess {
  const folder = options.folder ?? SERVICE_ACCOUNT_FOLDER
  const host = options.env.KUBERNETES_SERVICE_HOST
  if (host === undefined) throw new KubeconfigError('KUBERNETES_SERVICE_HOST is not set')
  const port = options.env.KUBERNETES_SERVICE_PORT ?? '443'
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  const namespace = readNamespace(join(folder, 'namespace'))
  return {
    server,
    ...(namespace === undefined ? {} : { namespace }),
    ...createCredentials({
      cluster: {
        server,
        insecure: false,
        servername: undefined,
        ca: { kind: 'file', path: join(folder, 'ca.crt') },
      },
      user: {
        where: 'the ServiceAccount of the pod',
        cert: undefined,
        key: undefined,
        token: undefined,
        tokenFile: join(folder, 'token'),
        username: undefined,
        password: undefined,
        impersonate: undefined,
        impersonateGroups: [],
        exec: undefined,
      },
      clock: options.clock,
      userAgent: options.userAgent,
    }),
  }
}

function readNamespace(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
}
