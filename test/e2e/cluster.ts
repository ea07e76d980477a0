// A whole cluster for one test file: a real control plane in a fresh folder, with all that Latchkey installs in it.

import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type ControlPlane, ensureControlPlane, startControlPlane } from '@latchkey/controlplane'
import { stringify } from 'yaml'
import { type ApiAnswer, ApiClient, type RequestOptions } from './api-client.ts'
import { install, operator } from './install.ts'

export interface TestClusterOptions {
  /** What is installed before the start resolves; `nothing` is a bare cluster. Default: `all`. */
  readonly install?: 'all' | 'nothing'
  /** Limits the operator to these namespaces, with Roles alone. */
  readonly namespaces?: readonly string[]
  readonly apiServerFlags?: readonly string[]
}

/** A running cluster. Everything acts as the administrator unless it says otherwise. */
export interface TestCluster extends AsyncDisposable {
  readonly controlPlane: ControlPlane
  readonly kubeconfigPath: string
  /** Runs kubectl and gives its output. Throws with what kubectl wrote to its standard error. */
  kubectl(...args: readonly string[]): Promise<string>
  /** Applies YAML or objects from the server's side. Safe to repeat; throws with the server's sentence. */
  apply(manifests: string | readonly object[]): Promise<string>
  /** One call to the API server; an answer of any status is an answer. */
  request(method: string, path: string, options?: RequestOptions): Promise<ApiAnswer>
  /** A bearer token of a ServiceAccount, valid for an hour. */
  serviceAccountToken(namespace: string, name: string): Promise<string>
  /** Writes a kubeconfig with which a program runs as the operator's ServiceAccount, and gives its path. */
  operatorKubeconfig(): Promise<string>
  /** Stops the control plane and removes its folder. Safe to repeat. */
  stop(): Promise<void>
}

/**
 * Starts a cluster and installs the CRDs, the policies and the operator's rights into it. Resolves when the policies
 * act, since the API server compiles them a second or two after they were written.
 */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { binDir } = await ensureControlPlane()
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'))
  const controlPlane = await startControlPlane({
    dataDir,
    binDir,
    fsync: false,
    apiServerFlags: options.apiServerFlags ?? [],
  })
  const api = new ApiClient(controlPlane)
  const stop = async () => {
    await api.close()
    await controlPlane.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  const kubectl = (args: readonly string[], input?: string) => runKubectl(controlPlane, args, input)
  const cluster: TestCluster = {
    controlPlane,
    kubeconfigPath: controlPlane.kubeconfigPath,
    kubectl: (...args) => kubectl(args),
    apply: (manifests) =>
      kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], toYaml(manifests)),
    request: (method, path, requestOptions) => api.request(method, path, requestOptions),
    serviceAccountToken: (namespace, name) => api.serviceAccountToken(namespace, name),
    operatorKubeconfig: () => writeOperatorKubeconfig(controlPlane, api, dataDir),
    stop,
    [Symbol.asyncDispose]: stop,
  }
  try {
    if ((options.install ?? 'all') === 'all') await install(cluster, options.namespaces)
    return cluster
  } catch (error) {
    await stop()
    throw error
  }
}

async function runKubectl(
  controlPlane: ControlPlane,
  args: readonly string[],
  input = '',
): Promise<string> {
  const child = spawn(controlPlane.kubectlPath, args, {
    env: { ...process.env, KUBECONFIG: controlPlane.kubeconfigPath },
  })
  child.stdin.end(input)
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve, reject) => child.once('close', resolve).once('error', reject)),
  ])
  if (code !== 0) throw new Error(errors)
  return output
}

function toYaml(manifests: string | readonly object[]): string {
  return typeof manifests === 'string'
    ? manifests
    : manifests.map((manifest) => stringify(manifest, { version: '1.1' })).join('---\n')
}

async function writeOperatorKubeconfig(
  controlPlane: ControlPlane,
  api: ApiClient,
  dataDir: string,
): Promise<string> {
  const name = operator.serviceAccount
  const token = await api.serviceAccountToken(operator.namespace, name)
  const path = join(dataDir, 'operator.kubeconfig')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: controlPlane.url,
          'certificate-authority-data': Buffer.from(controlPlane.caPem).toString('base64'),
        },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: operator.namespace } }],
    'current-context': name,
  }
  await writeFile(path, stringify(config), { mode: 0o600 })
  return path
}
