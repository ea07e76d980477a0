// Starts a control plane on a folder and stops it again. The folder is the cluster: its data, its keys, its
// port and its logs; a second start on it continues where the first one ended.
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { KeyPair } from './certificates.ts'
import type { Component } from './component.ts'
import { type Components, createComponents } from './create-components.ts'
import { type Lock, tryLock } from './lock.ts'
import { prepare } from './prepare.ts'
import { readIfPresent, writePrivateFile } from './private-file.ts'
import type { OnProgress } from './progress.ts'

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
  /** The kubeconfig's name for cluster, user and context (default `controlplane`). */
  readonly contextName?: string
  /** More flags for the API server; one given twice counts as given last. */
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
  /** A file with the three above, readable by its owner alone. */
  readonly kubeconfigPath: string
  readonly kubectlPath: string
  readonly components: Components
  /** The processes that run now. */
  readonly pids: readonly number[]
  /** Ends every process in the order in which they need one another. Safe to repeat. */
  readonly stop: () => Promise<void>
}

/**
 * Starts the control plane and resolves when it serves and, with a controller manager, when the default
 * namespace is ready for pods: in four to five seconds. Throws, with everything stopped, when another one runs on
 * the folder, a program is missing or ends early, or the start is aborted. However this process ends, the components
 * end with it (programs that we have not built outlive its SIGKILL).
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
    const { contextName = 'controlplane', fsync = true, apiServerFlags = [] } = options
    const onProgress = options.onProgress ?? (() => undefined)
    const preparation = await prepare({ dataDir, binDir: options.binDir, contextName })
    const components = createComponents(preparation, { fsync, apiServerFlags, onProgress })
    running.push(...Object.values(components))
    await startInOrder(components, options.signal)
    return {
      dataDir,
      ...preparation.access,
      kubeconfigPath: preparation.kubeconfigPath,
      kubectlPath: join(preparation.binDir, 'kubectl'),
      components,
      get pids() {
        return running.flatMap(({ pid }) => pid ?? [])
      },
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    options.signal?.throwIfAborted()
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

/** One after the other: on two cores, those that only wait for the API server would slow it down by a second. */
async function startInOrder(
  { etcd, apiServer, controllerManager, scheduler }: Components,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const step of [[etcd], [apiServer], [controllerManager, scheduler]]) {
    signal?.throwIfAborted()
    await Promise.all(step.map((component) => component?.start(signal)))
  }
}
