// Starts a control plane on a folder and stops it again. The folder is the cluster: its data, its keys, its
// port and its logs; a second start on it continues where the first one ended.
import { mkdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { type KeyPair, prepareCertificates } from './certificates.ts'
import { commandLine, etcdSocketFile, memoryLimits, type Server } from './command-line.ts'
import { Component } from './component.ts'
import { kubeconfig } from './kubeconfig.ts'
import { type Lock, tryLock } from './lock.ts'
import { reservePort } from './port.ts'
import { readIfPresent, writePrivateFile } from './private-file.ts'
import { missingPrograms, type Program, programsIn } from './programs.ts'
import type { OnProgress } from './progress.ts'
import {
  type ApiServerAccess,
  untilApiServerReady,
  untilListening,
  untilPresent,
} from './readiness.ts'

export type StartOptions = {
  /** Created with its parents when missing, readable by its owner alone. */
  readonly dataDir: string
  /** A folder with the programs, as `ensureControlPlane` gives it. */
  readonly binDir: string
  /**
   * Whether every write reaches the disk before it is answered (default true). Without it a crash of a process loses
   * nothing, but a power failure does: right for tests, which get faster and throw their data away.
   */
  readonly fsync?: boolean
  /** The kubeconfig's name for cluster, user and context. */
  readonly contextName?: string
  /** More flags for the API server, such as `--etcd-compaction-interval=1s`. */
  readonly apiServerFlags?: readonly string[]
  readonly onProgress?: OnProgress
  /** Ends a start under way, and leaves nothing running. Of no effect afterwards: then there is `stop`. */
  readonly signal?: AbortSignal
}

/** A running control plane. */
export type ControlPlane = AsyncDisposable & {
  readonly dataDir: string
  /** `https://127.0.0.1:<port>`. */
  readonly url: string
  readonly caPem: string
  /** The client certificate of a member of `system:masters`. */
  readonly admin: KeyPair
  /** A file with all of the above, readable by its owner alone. */
  readonly kubeconfigPath: string
  readonly kubectlPath: string
  readonly components: Components
  /** The processes that run now. */
  readonly pids: readonly number[]
  /** Ends every process in the order in which they need one another. Safe to repeat. */
  readonly stop: () => Promise<void>
}

export type Components = {
  readonly etcd: Component
  readonly apiServer: Component
  /** Missing where the folder of programs has none: then nothing collects garbage or deletes namespaces. */
  readonly controllerManager?: Component
  readonly scheduler?: Component
}

/**
 * Starts the control plane and resolves when it serves and, with a controller manager, when the default
 * namespace is ready for pods. Throws, with everything stopped, when another one runs on the folder, a program is
 * missing or ends, or the start is aborted.
 */
export async function startControlPlane(options: StartOptions): Promise<ControlPlane> {
  const dataDir = resolve(options.dataDir)
  await mkdir(join(dataDir, 'logs'), { recursive: true, mode: 0o700 })
  const lock = await lockFolder(dataDir)
  const running: Component[] = []
  const killAll = () => {
    for (const component of running) component.killNow()
  }
  process.once('exit', killAll)
  const stop = async () => {
    for (const component of running.toReversed()) await component.stop()
    process.off('exit', killAll)
    lock.release()
  }
  try {
    const plan = await prepare(dataDir, options)
    const components = createComponents(plan, options)
    running.push(...Object.values(components))
    await startInOrder(components, options.signal)
    return {
      dataDir,
      ...plan.access,
      kubeconfigPath: plan.kubeconfigPath,
      kubectlPath: join(plan.binDir, 'kubectl'),
      components,
      get pids() {
        return running.flatMap(({ pid }) => pid ?? [])
      },
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The file says whose lock it is, for people; the lock itself is the operating system's. */
async function lockFolder(dataDir: string): Promise<Lock> {
  const ownerPath = join(dataDir, 'owner')
  const lock = tryLock(join(dataDir, 'lock'))
  if (!lock) {
    const owner = (await readIfPresent(ownerPath))?.trim() ?? 'unknown'
    throw new Error(
      `A control plane runs on ${dataDir} already (process ${owner}): stop it, or choose another folder`,
    )
  }
  await writePrivateFile(ownerPath, `${process.pid}\n`)
  return lock
}

/** What is decided before the first process starts. */
type Plan = {
  readonly dataDir: string
  readonly binDir: string
  readonly programs: readonly Program[]
  readonly access: ApiServerAccess
  readonly kubeconfigPath: string
  readonly port: number
}

async function prepare(dataDir: string, options: StartOptions): Promise<Plan> {
  const binDir = resolve(options.binDir)
  const programs = await programsIn(binDir)
  const missing = missingPrograms(programs)
  if (missing.length > 0) throw new Error(`${binDir} lacks ${missing.join(', ')}`)
  const [certificates, port] = await Promise.all([
    prepareCertificates(join(dataDir, 'pki'), new Date()),
    reservePort(join(dataDir, 'port')),
  ])
  const { caPem, admin } = certificates
  const access = { url: `https://127.0.0.1:${port}`, caPem, admin }
  const kubeconfigPath = join(dataDir, 'kubeconfig')
  const writeFor = (path: string, name: string, client: KeyPair) =>
    writePrivateFile(path, kubeconfig({ name, url: access.url, caPem, client }))
  await Promise.all([
    writeFor(kubeconfigPath, options.contextName ?? 'controlplane', admin),
    writeFor(
      join(dataDir, 'pki/controller-manager.kubeconfig'),
      'self',
      certificates.controllerManager,
    ),
    writeFor(join(dataDir, 'pki/scheduler.kubeconfig'), 'self', certificates.scheduler),
  ])
  return { dataDir, binDir, programs, access, kubeconfigPath, port }
}

function createComponents(plan: Plan, options: StartOptions): Components {
  const { programs, access } = plan
  const onProgress = options.onProgress ?? (() => undefined)
  const flags = {
    port: plan.port,
    fsync: options.fsync ?? true,
    hasControllerManager: programs.includes('kube-controller-manager'),
    apiServerFlags: options.apiServerFlags ?? [],
  }
  const create = (name: Server, untilReady: (signal: AbortSignal) => Promise<void>) =>
    new Component({
      name,
      file: join(plan.binDir, name),
      args: commandLine(name, flags),
      cwd: plan.dataDir,
      env: { ...process.env, GOMEMLIMIT: memoryLimits[name] },
      logPath: join(plan.dataDir, 'logs', `${name}.log`),
      untilReady,
    })
  // The path of a Unix socket must be short, and a relative one usually is.
  const socket = relative(process.cwd(), join(plan.dataDir, etcdSocketFile))
  return {
    etcd: create('etcd', (signal) => untilListening(socket, signal)),
    apiServer: create('kube-apiserver', (signal) =>
      untilApiServerReady(access, signal, onProgress),
    ),
    ...(flags.hasControllerManager && {
      controllerManager: create('kube-controller-manager', (signal) =>
        untilPresent(access, '/api/v1/namespaces/default/serviceaccounts/default', signal),
      ),
    }),
    ...(programs.includes('kube-scheduler') && {
      scheduler: create('kube-scheduler', async () => undefined),
    }),
  }
}

/** etcd first; the others after the API server, which would only be slowed down by their waiting for it. */
async function startInOrder(
  components: Components,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { etcd, apiServer, controllerManager, scheduler } = components
  for (const step of [[etcd], [apiServer], [controllerManager, scheduler]]) {
    signal?.throwIfAborted()
    await Promise.all(step.map((component) => component?.start()))
  }
}
