import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type Component, ensureControlPlane, startControlPlane } from '@latchkey/controlplane'
import { type Cluster, connect } from '../cluster/connect.ts'
import type { Session } from '../session.ts'

const sources = {
  assets: 'from KUBEBUILDER_ASSETS',
  cache: 'from the cache',
  release: 'downloaded',
  build: 'built',
} as const

/**
 * The local cluster: programs found, downloaded or built, then started on the data folder. A server of it that ends by
 * itself ends the session with the tail of its log.
 */
export async function localCluster(session: Session): Promise<Cluster> {
  const { folder, steps, running, interruption } = session
  const { signal } = interruption
  const programs = await steps('Preparing a Kubernetes control plane', async (report) => {
    const found = await ensureControlPlane({ onProgress: report.progress, signal })
    report.done(`Kubernetes ${found.version}, ${sources[found.source]}`)
    return found
  })
  return steps('Starting the control plane', async (report) => {
    const controlPlane = await startControlPlane({
      dataDir: folder.controlPlane,
      binDir: programs.binDir,
      contextName: 'latchkey',
      onProgress: report.progress,
      signal,
    })
    running.use(controlPlane)
    for (const component of Object.values(controlPlane.components)) watch(component, session)
    await linkKubectl(folder.bin, controlPlane.kubectlPath)
    report.done(`Control plane on ${controlPlane.url}`)
    return running.use(connect(controlPlane.kubeconfigPath))
  })
}

/** Puts kubectl into a folder of ours, which can stand on a PATH without the other programs. */
export async function linkKubectl(bin: string, kubectlPath: string): Promise<void> {
  await mkdir(bin, { recursive: true, mode: 0o700 })
  const link = join(bin, 'kubectl')
  await rm(link, { force: true })
  await symlink(kubectlPath, link)
}

function watch(component: Component, { interruption }: Session): void {
  void component.exited().then(({ code, signal }) => {
    if (interruption.signal.aborted) return
    const how = signal ?? `code ${code}`
    interruption.fail(
      new Error(`${component.name} ended by itself (${how}). Its log: ${component.logPath}`),
    )
  })
}
