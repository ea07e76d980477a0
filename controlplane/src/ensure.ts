// All four ways to a control plane's programs, in order. What a download or a build makes goes to the user's
// cache, once per machine and version.
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buildControlPlane } from './build.ts'
import { cacheFolder, cacheName, type Environment, thisMachine } from './cache-folder.ts'
import { type Failure, type FindOptions, type Programs, searchMachine } from './find.ts'
import { type Lock, waitForLock } from './lock.ts'
import { programs } from './programs.ts'
import type { OnProgress } from './progress.ts'
import { readProgress, recordProgress } from './progress-file.ts'
import { downloadRelease, officialHosts, type ReleaseHosts } from './release.ts'
import { kubernetesVersion } from './versions.ts'

export type EnsureOptions = FindOptions & {
  readonly onProgress?: OnProgress
  /** Ends the wait, the download or the build, and leaves nothing half-made behind. */
  readonly signal?: AbortSignal
  /** Where releases are downloaded (default: where they are published). */
  readonly hosts?: ReleaseHosts
}

/**
 * The programs of a control plane: found, else downloaded, else built into the user's cache. Runs at the same time
 * share one download or build; an interrupted one leaves nothing that a later run could take for whole. Throws an
 * error that names every way and what was wrong with it.
 */
export async function ensureControlPlane(options: EnsureOptions = {}): Promise<Programs> {
  const job = await describeJob(options)
  const first = await searchMachine(job.env)
  if (first.kind === 'found') return first.programs
  await mkdir(job.folder, { recursive: true })
  const lock = await waitForTurn(job)
  try {
    // Whoever held the lock before may have made it.
    const second = await searchMachine(job.env)
    if (second.kind === 'found') return second.programs
    await removeRemains(job)
    return await make(job, second.failures)
  } finally {
    await rm(job.progressPath, { force: true })
    lock.release()
  }
}

type Job = {
  readonly env: Environment
  readonly folder: string
  readonly name: string
  /** Tells those who wait for the lock how far its holder has come. */
  readonly progressPath: string
  readonly hosts: ReleaseHosts
  readonly onProgress: OnProgress
  readonly signal: AbortSignal | undefined
}

async function describeJob(options: EnsureOptions): Promise<Job> {
  const env = options.env ?? process.env
  const folder = cacheFolder(env)
  const name = await cacheName(thisMachine())
  return {
    env,
    folder,
    name,
    progressPath: join(folder, `${name}.progress.json`),
    hosts: options.hosts ?? officialHosts,
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
  }
}

async function waitForTurn(job: Job): Promise<Lock> {
  return waitForLock(join(job.folder, `${job.name}.lock`), {
    signal: job.signal,
    onWait: async () => {
      const progress = await readProgress(job.progressPath)
      if (progress) job.onProgress({ ...progress, text: `${progress.text} (in another process)` })
    },
  })
}

/** Removes what runs that were killed have left, and a target that is not whole. Only the lock's holder may. */
async function removeRemains({ folder, name }: Job): Promise<void> {
  const remains = (await readdir(folder)).filter(
    (entry) => entry === name || (entry.startsWith(`${name}.`) && entry.endsWith('.partial')),
  )
  await Promise.all(
    remains.map((entry) => rm(join(folder, entry), { recursive: true, force: true })),
  )
}

async function make(job: Job, earlier: readonly Failure[]): Promise<Programs> {
  const failures = [...earlier]
  const target = join(job.folder, job.name)
  const into = `${target}.${process.pid}.partial`
  const record = recordProgress(job.progressPath)
  const onProgress: OnProgress = (progress) => {
    record(progress)
    job.onProgress(progress)
  }
  const ways = [
    { source: 'release', way: 'the official release', fill: downloadRelease },
    { source: 'build', way: 'a build from source', fill: buildControlPlane },
  ] as const
  for (const { source, way, fill } of ways) {
    try {
      await mkdir(into)
      await fill({ ...job, machine: thisMachine(), into, onProgress })
      // Whole or not at all: the name appears when everything is in it.
      await rename(into, target)
      return { binDir: target, source, version: kubernetesVersion, components: programs }
    } catch (error) {
      await rm(into, { recursive: true, force: true })
      job.signal?.throwIfAborted()
      failures.push({ way, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  throw new Error(explain(failures))
}

function explain(failures: readonly Failure[]): string {
  const lines = failures.map(({ way, reason }) => `- ${way}: ${reason}`)
  return ['No Kubernetes control plane could be found or made. Tried:', ...lines].join('\n')
}
