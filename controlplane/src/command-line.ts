// How each program is called. All run with the data folder as working folder, so that paths are short:
// the path of a Unix socket has about a hundred bytes at most.
import { serviceAddressRange } from './certificates.ts'
import type { Program } from './programs.ts'

export type CommandLineOptions = {
  /** The API server's port on 127.0.0.1. */
  readonly port: number
  /** Whether etcd waits for the disk: without it a power failure (not a crash) loses data. */
  readonly fsync: boolean
  /** Without a controller manager nobody makes ServiceAccounts, and the admission that asks for them must be off. */
  readonly hasControllerManager: boolean
  /** Appended to the API server's flags; a later flag overrides an earlier one of its name. */
  readonly apiServerFlags: readonly string[]
}

/** A program that keeps running, as against kubectl. */
export type Server = Exclude<Program, 'kubectl'>

/**
 * etcd speaks through Unix sockets in the private data folder. It checks no caller, so that on a TCP port every
 * user of the machine could read all Secrets; and two ports less can be taken. etcd insists on the form
 * host:port, which is the name of the socket's file.
 */
export const etcdSocketFile = 'etcd:1'
const etcdSocket = `unix://${etcdSocketFile}`
const etcdPeerSocket = 'unix://etcd-peer:1'

/** GOMEMLIMIT of each: soft, so that a load test ends in more garbage collection and not in the kernel's killer. */
export const memoryLimits: Readonly<Record<Server, string>> = {
  etcd: '1GiB',
  'kube-apiserver': '3GiB',
  'kube-controller-manager': '1GiB',
  'kube-scheduler': '512MiB',
}

/** What a local cluster needs, and nothing that waits for nodes, clouds or volumes. */
const controllers = [
  'garbage-collector-controller',
  'namespace-controller',
  'deployment-controller',
  'replicaset-controller',
  'statefulset-controller',
  'daemonset-controller',
  'disruption-controller',
  'clusterrole-aggregation-controller',
  'endpointslice-controller',
  'resourcequota-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'validatingadmissionpolicy-status-controller',
]

/** The flags of one program, without its own name. */
export function commandLine(server: Server, options: CommandLineOptions): readonly string[] {
  switch (server) {
    case 'etcd':
      return etcdFlags(options)
    case 'kube-apiserver':
      return apiServerFlags(options)
    case 'kube-controller-manager':
      return [
        '--kubeconfig=pki/controller-manager.kubeconfig',
        '--service-account-private-key-file=pki/sa.key',
        '--root-ca-file=pki/ca.crt',
        '--use-service-account-credentials=true',
        `--controllers=${controllers.join(',')}`,
        ...unelectedAndUnserved,
      ]
    case 'kube-scheduler':
      return ['--kubeconfig=pki/scheduler.kubeconfig', ...unelectedAndUnserved]
  }
}

/** One of each runs, so a lease would only delay a restart; and their own ports would clash with another cluster's. */
const unelectedAndUnserved = ['--leader-elect=false', '--secure-port=0']

function etcdFlags({ fsync }: CommandLineOptions): readonly string[] {
  return [
    '--data-dir=etcd',
    `--listen-client-urls=${etcdSocket}`,
    `--advertise-client-urls=${etcdSocket}`,
    `--listen-peer-urls=${etcdPeerSocket}`,
    `--initial-advertise-peer-urls=${etcdPeerSocket}`,
    `--initial-cluster=default=${etcdPeerSocket}`,
    `--unsafe-no-fsync=${!fsync}`,
    '--log-level=error',
  ]
}

function apiServerFlags(options: CommandLineOptions): readonly string[] {
  const issuer = `https://127.0.0.1:${options.port}/`
  return [
    `--etcd-servers=${etcdSocket}`,
    '--bind-address=127.0.0.1',
    // The address a machine without a network would not find; and a loopback address is no endpoint for pods.
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--secure-port=${options.port}`,
    '--tls-cert-file=pki/serving.crt',
    '--tls-private-key-file=pki/serving.key',
    '--client-ca-file=pki/ca.crt',
    '--cert-dir=pki',
    '--authorization-mode=RBAC',
    `--service-cluster-ip-range=${serviceAddressRange}`,
    `--service-account-issuer=${issuer}`,
    '--service-account-key-file=pki/sa.pub',
    '--service-account-signing-key-file=pki/sa.key',
    '--allow-privileged=true',
    '--profiling=false',
    ...(options.hasControllerManager ? [] : ['--disable-admission-plugins=ServiceAccount']),
    ...options.apiServerFlags,
  ]
}
