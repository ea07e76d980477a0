// The two ways to a control plane that need neither network nor compiler.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, cacheName, type Environment, thisMachine } from './cache-folder.ts'
import { missingPrograms, type Program, programs, programsIn } from './programs.ts'
import { kubernetesVersion } from './versions.ts'

/** Which way led to the programs: named by KUBEBUILDER_ASSETS, cached by an earlier run, downloaded, or built. */
export type Source = 'assets' | 'cache' | 'release' | 'build'

/** A folder with the programs of a control plane. */
export type Programs = {
  readonly binDir: string
  readonly source: Source
  /** Of Kubernetes, such as `v1.36.3`. */
  readonly version: string
  /** Which programs the folder holds: one named by KUBEBUILDER_ASSETS may lack the controller manager. */
  readonly components: readonly Program[]
}

/** Why one way did not lead to a control plane. */
export type Failure = { readonly way: string; readonly reason: string }

export type Search =
  | { readonly kind: 'found'; readonly programs: Programs }
  | { readonly kind: 'missing'; readonly failures: readonly Failure[] }

export type FindOptions = {
  /** Its PATH, HOME, XDG_CACHE_HOME and KUBEBUILDER_ASSETS count (default: this process's own). */
  readonly env?: Environment
}

/** The programs that are on this machine already, or undefined. Changes nothing. */
export async function findControlPlane(options: FindOptions = {}): Promise<Programs | undefined> {
  const search = await searchMachine(options.env ?? process.env)
  return search.kind === 'found' ? search.programs : undefined
}

/** Like `findControlPlane`, with the reasons when there is nothing. */
export async function searchMachine(env: Environment): Promise<Search> {
  const assets = await searchAssets(env)
  if ('binDir' in assets) return { kind: 'found', programs: assets }
  const cached = await searchCache(env)
  if ('binDir' in cached) return { kind: 'found', programs: cached }
  return { kind: 'missing', failures: [assets, cached] }
}

async function searchAssets(env: Environment): Promise<Programs | Failure> {
  const way = 'the folder named by KUBEBUILDER_ASSETS'
  const binDir = env.KUBEBUILDER_ASSETS
  if (!binDir) return { way, reason: 'the variable is not set' }
  const components = await programsIn(binDir)
  const missing = missingPrograms(components)
  if (missing.length > 0) return { way, reason: `${binDir} lacks ${missing.join(', ')}` }
  try {
    return { binDir, source: 'assets', version: await versionOf(binDir), components }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { way, reason: `its kube-apiserver does not run: ${detail}` }
  }
}

async function searchCache(env: Environment): Promise<Programs | Failure> {
  const binDir = join(cacheFolder(env), await cacheName(thisMachine()))
  const components = await programsIn(binDir)
  if (components.length < programs.length) {
    return { way: 'the cache of an earlier run', reason: `${binDir} is not there or not whole` }
  }
  return { binDir, source: 'cache', version: kubernetesVersion, components }
}

/** Asks the API server itself: such a folder may hold any version. */
async function versionOf(binDir: string): Promise<string> {
  const { stdout } = await promisify(execFile)(join(binDir, 'kube-apiserver'), ['--version'])
  return stdout.trim().replace(/^Kubernetes /, '')
}
