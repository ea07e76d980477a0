// Where a control plane's programs come from: four ways, tried in order. What the last two make goes to the
// user's cache, once per machine and version.
import { execFile } from 'node:child_process'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildControlPlane } from './build.ts'
import { cacheFolder, cacheName, type Machine, thisMachine } from './cache-folder.ts'
import { waitForLock } from './lock.ts'
import { missingPrograms, type Program, programs, programsIn } from './programs.ts'
import type { OnProgress } from './progress.ts'
import { readProgress, recordProgress } from './progress-file.ts'
import { downloadRelease, officialHosts, type ReleaseHosts } from './release.ts'
import { kubernetesVersion } from './versions.ts'

/** The four ways to a control plane, in the order in which they are tried. */
export type Source = 'assets' | 'cache' | 'release' | 'build'

/** A folder with the programs of a control plane. */
export type Programs = {
  readonly binDir: string
  readonly source: Source
  /** Of Kubernetes, such as `v1.36.3`. */
  readonly version: string
  /** Which programs the folder holds; a folder named by KUBEBUILDER_ASSETS may lack the controller manager. */
  readonly components: readonly Program[]
}

export type FindOptions = {
  readonly env?: Readonly<Record<string, string | undefined>>
}

export type EnsureOptions = FindOptions & {
  readonly onProgress?: OnProgress
  /** Ends the wait, the download or the build, and leaves nothing half-made behind. */
  readonly signal?: AbortSignal
  readonly hosts?: ReleaseHosts
}

/** Why one way did not lead to a control plane. */
type Failure = { readonly way: string; readonly reason: string }

/** What needs no network and no compiler: KUBEBUILDER_ASSETS, then what an earlier run cached. */
export async function findControlPlane(options: FindOptions = {}): Promise<Programs | undefined> {
  const found = await find(options.env ?? process.env)
  return 'binDir' in found ? found : undefined
}

/**
 * The programs of a control plane: found, else downloaded, else built into the user's cache. Runs at the same time
 * share one download or build; an interrupted one leaves nothing that a later run could take for whole. Throws an
 * error that names every way and what was wrong with it.
 */
export async function ensureControlPlane(options: EnsureOptions = {}): Promise<Programs> {
  const env = options.env ?? process.env
  const onProgress = options.onProgress ?? (() => undefined)
  const found = await find(env)
  if ('binDir' in found) return found
  const folder = cacheFolder(env)
  const name = await cacheName(thisMachine())
  await mkdir(folder, { recursive: true })
  const progressPath = join(folder, `${name}.progress.json`)
  const lock = await waitForLock(join(folder, `${name}.lock`), {
    signal: options.signal,
    onWait: async () => {
      const progress = await readProgress(progressPath)
      if (progress) onProgress({ ...progress, text: `${progress.text} (in another process)` })
    },
  })
  try {
    // Whoever held the lock may have made it.
    const made = await find(env)
    if ('binDir' in made) return made
    await removeRemains(folder, name)
    const record = recordProgress(progressPath)
    return await make({
      target: join(folder, name),
      failures: made.failures,
      machine: thisMachine(),
      env,
      hosts: options.hosts ?? officialHosts,
      signal: options.signal,
      onProgress: (progress) => {
        record(progress)
        onProgress(progress)
      },
    })
  } finally {
    await rm(progressPath, { force: true })
    lock.release()
  }
}

async function find(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Programs | { readonly failures: readonly Failure[] }> {
  const failures: Failure[] = []
  const assets = env.KUBEBUILDER_ASSETS
  const way = 'the folder named by KUBEBUILDER_ASSETS'
  if (!assets) {
    failures.push({ way, reason: 'the variable is not set' })
  } else {
    const components = await programsIn(assets)
    const missing = missingPrograms(components)
    if (missing.length === 0) {
      return { binDir: assets, source: 'assets', version: await versionOf(assets), components }
    }
    failures.push({ way, reason: `${assets} lacks ${missing.join(', ')}` })
  }
  const binDir = join(cacheFolder(env), await cacheName(thisMachine()))
  const components = await programsIn(binDir)
  if (components.length === programs.length) {
    return { binDir, source: 'cache', version: kubernetesVersion, components }
  }
  failures.push({
    way: 'the cache of an earlier run',
    reason: `${binDir} is not there or not whole`,
  })
  return { failures }
}

/** Asks the API server itself: a folder of assets may hold any version. */
async function versionOf(binDir: string): Promise<string> {
  const { stdout } = await promisify(execFile)(join(binDir, 'kube-apiserver'), ['--version'])
  return stdout.trim().replace(/^Kubernetes /, '')
}

type MakeOptions = {
  readonly target: string
  readonly failures: readonly Failure[]
  readonly machine: Machine
  readonly env: Readonly<Record<string, string | undefined>>
  readonly hosts: ReleaseHosts
  readonly onProgress: OnProgress
  readonly signal: AbortSignal | undefined
}

async function make(options: MakeOptions): Promise<Programs> {
  const failures = [...options.failures]
  const ways = [
    { source: 'release', way: 'the official release', fill: downloadRelease },
    { source: 'build', way: 'a build from source', fill: buildControlPlane },
  ] as const
  for (const { source, way, fill } of ways) {
    const into = `${options.target}.${process.pid}.partial`
    try {
      await mkdir(into)
      await fill({ ...options, into })
      // Whole or not at all: the name appears when everything is in it.
      await rename(into, options.target)
      return { binDir: options.target, source, version: kubernetesVersion, components: programs }
    } catch (error) {
      await rm(into, { recursive: true, force: true })
      options.signal?.throwIfAborted()
      failures.push({ way, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  const lines = failures.map(({ way, reason }) => `- ${way}: ${reason}`)
  throw new Error(`There is no Kubernetes control plane on this machine.\n${lines.join('\n')}`)
}

/** Removes what runs that were killed have left, and a target that is not whole. Only the lock's holder may. */
async function removeRemains(folder: string, name: string): Promise<void> {
  const remains = (await readdir(folder)).filter(
    (entry) => entry === name || (entry.startsWith(`${name}.`) && entry.endsWith('.partial')),
  )
  await Promise.all(
    remains.map((entry) => rm(join(folder, entry), { recursive: true, force: true })),
  )
}
