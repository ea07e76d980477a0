import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { kubernetesVersion } from './versions.ts'

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where our Go module lies: what a build compiles, and what names the cache. */
export const goFolder = join(import.meta.dirname, '..', 'go')

/** The machine in the words of Go and of the Kubernetes release: `linux/amd64`. */
export type Machine = { readonly os: string; readonly arch: string }

export function thisMachine(): Machine {
  return {
    os: process.platform === 'win32' ? 'windows' : process.platform,
    arch: process.arch === 'x64' ? 'amd64' : process.arch,
  }
}

/** The user's folder for control planes: XDG_CACHE_HOME, or what the platform has in its place. */
export function cacheFolder(env: Environment, platform: string = process.platform): string {
  const home = env.HOME ?? homedir()
  const fallback = platform === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache')
  return join(env.XDG_CACHE_HOME || fallback, 'latchkey', 'controlplane')
}

/**
 * The name of one control plane in the cache: version, machine, and a digest of our Go sources, so that a
 * change there is built anew and never hidden by what an earlier revision left.
 */
export async function cacheName(machine: Machine): Promise<string> {
  const digest = createHash('sha256')
  for (const file of (await readdir(goFolder)).filter(isGoSource).sort()) {
    digest.update(file).update(await readFile(join(goFolder, file)))
  }
  return `${kubernetesVersion}-${machine.os}-${machine.arch}-${digest.digest('hex').slice(0, 12)}`
}

function isGoSource(file: string): boolean {
  return file.endsWith('.go') || file === 'go.mod' || file === 'go.sum'
}
