import { join } from 'node:path'
import { commandLine, memoryLimits, type Server } from './command-line.ts'
import { Component } from './component.ts'
import type { Preparation } from './prepare.ts'
import type { OnProgress } from './progress.ts'
import { untilApiServerReady, untilListening, untilPresent } from './readiness.ts'

/** The servers of one control plane. */
export type Components = {
  readonly etcd: Component
  readonly apiServer: Component
  /** Missing where the folder of programs has none: then nothing collects garbage or deletes namespaces. */
  readonly controllerManager?: Component
  /** Missing where the folder of programs has none: then pods stay pending. */
  readonly scheduler?: Component
}

/** What a namespace needs before pods can be created in it, and the last thing to appear in a new cluster. */
const defaultServiceAccount = '/api/v1/namespaces/default/serviceaccounts/default'

/** Describes the components, each with what ready means for it; none is started. */
export function createComponents(
  preparation: Preparation,
  options: {
    readonly fsync: boolean
    readonly apiServerFlags: readonly string[]
    readonly onProgress: OnProgress
  },
): Components {
  const { programs, port, access, etcdSocketPath } = preparation
  const hasControllerManager = programs.includes('kube-controller-manager')
  const create = (name: Server, untilReady: (signal: AbortSignal) => Promise<void>) =>
    new Component({
      name,
      file: join(preparation.binDir, name),
      args: commandLine(name, { ...options, port, hasControllerManager }),
      cwd: preparation.dataDir,
      // Nothing else of our environment: it may hold secrets, and ETCD_* variables would change etcd.
      env: { PATH: process.env.PATH, HOME: process.env.HOME, GOMEMLIMIT: memoryLimits[name] },
      logPath: join(preparation.dataDir, 'logs', `${name}.log`),
      untilReady,
    })
  return {
    etcd: create('etcd', (signal) => untilListening(etcdSocketPath, signal)),
    apiServer: create('kube-apiserver', (signal) =>
      untilApiServerReady(access, signal, options.onProgress),
    ),
    ...(hasControllerManager && {
      controllerManager: create('kube-controller-manager', (signal) =>
        untilPresent(access, defaultServiceAccount, signal),
      ),
    }),
    ...(programs.includes('kube-scheduler') && {
      scheduler: create('kube-scheduler', async () => undefined),
    }),
  }
}
