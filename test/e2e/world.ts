// A whole Latchkey for one test file: a real cluster, the bundled key service and the operator as its own ServiceAccount.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type KeyServiceConfigInput,
  type RunningKeyService,
  startKeyService,
} from '@latchkey/keyservice'
import {
  createTransport,
  loadClusterAccess,
  type Operator,
  type OperatorOptions,
  startOperator,
} from '@latchkey/operator'
import { pino } from 'pino'
import { startTestCluster, type TestCluster, type TestClusterOptions } from './cluster.ts'
import { operator as identity } from './install.ts'
import { type ServiceView, viewService } from './service-view.ts'

/** How a world differs from the plain one. */
export interface WorldOptions {
  readonly cluster?: TestClusterOptions
  readonly keyService?: KeyServiceConfigInput
  /** Namespaces to make, each with a default KeyService. Default: `shop`. */
  readonly namespaces?: readonly string[]
}

/** A running Latchkey. */
export interface World {
  readonly cluster: TestCluster
  readonly keyService: RunningKeyService
  /** The key service as its administrator sees it. */
  readonly service: ServiceView
  /** Everything that any of our processes logged. */
  readonly logged: () => string
  /** Starts an operator in this process, as its ServiceAccount; several may run. */
  startOperator(options?: Partial<OperatorOptions>): Promise<Operator>
  /** Makes a namespace with the default KeyService `bundled` in it. */
  addNamespace(name: string, url?: string): Promise<void>
  stop(): Promise<void>
}

/** Starts cluster and key service; operators are the test's to start. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const cluster = await startTestCluster(options.cluster)
  const dataFolder = await mkdtemp(join(tmpdir(), 'latchkey-keys-'))
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(line) })
  const keyService = await startKeyService({ port: 0, dataFolder, ...options.keyService }, { log })
  const token = (await readFile(keyService.adminCredentialFile, 'utf8')).trim()
  const operators: Operator[] = []

  const world: World = {
    cluster,
    keyService,
    service: viewService(keyService.url, token),
    logged: () => lines.join(''),

    async startOperator(changes = {}) {
      const kubeconfig = await cluster.operatorKubeconfig()
      const operator = await startOperator({
        transport: createTransport(loadClusterAccess({ path: kubeconfig, env: {} })),
        namespace: identity.namespace,
        identity: `test-${operators.length}`,
        lease: shortLease,
        log,
        ...changes,
      })
      operators.push(operator)
      return operator
    },

    async addNamespace(name, url = keyService.url) {
      await cluster.apply([
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'latchkey-credential', namespace: name },
          stringData: { token },
        },
        {
          apiVersion: 'latchkey.dev/v1alpha1',
          kind: 'KeyService',
          metadata: { name: 'bundled', namespace: name },
          spec: { url, default: true, credentials: { tokenRef: { name: 'latchkey-credential' } } },
        },
      ])
    },

    async stop() {
      await Promise.allSettled(operators.map((operator) => operator.stop()))
      await keyService.stop()
      await cluster.stop()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
  for (const name of options.namespaces ?? ['shop']) await world.addNamespace(name)
  return world
}

/** Fast enough that tests of a hand-over do not wait, slow enough for a busy machine. */
const shortLease = {
  leaseDurationMilliseconds: 4_000,
  renewDeadlineMilliseconds: 3_000,
  retryPeriodMilliseconds: 500,
}
