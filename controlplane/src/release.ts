// Downloads the official programs: Kubernetes' own and etcd's, each checked against the published digest.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import type { Machine } from './cache-folder.ts'
import { type Program, programs } from './programs.ts'
import type { OnProgress } from './progress.ts'
import { etcdVersion, kubernetesVersion } from './versions.ts'

/** Where releases are published; tests put a server of their own here. */
export type ReleaseHosts = { readonly kubernetesUrl: string; readonly etcdUrl: string }

export const officialHosts: ReleaseHosts = {
  kubernetesUrl: 'https://dl.k8s.io/release',
  etcdUrl: 'https://github.com/etcd-io/etcd/releases/download',
}

export type DownloadOptions = {
  /** An existing folder that receives the programs. */
  readonly into: string
  readonly machine: Machine
  readonly hosts: ReleaseHosts
  readonly onProgress: OnProgress
  readonly signal?: AbortSignal | undefined
}

/** The digests are a few bytes: whoever cannot send them in this time is not reachable. */
const reachMilliseconds = 5_000

type Download = { readonly url: string; readonly path: string; readonly sha256: string }

/**
 * Downloads every program into the folder. Throws when there is no release for the machine, a host cannot be
 * reached within five seconds, an answer is not the file, or a file differs from its published digest; the
 * folder then holds files of no use.
 */
export async function downloadRelease(options: DownloadOptions): Promise<void> {
  const { into, machine } = options
  if (machine.os !== 'linux') {
    throw new Error(`Kubernetes publishes its servers for linux only, not for ${machine.os}`)
  }
  const downloads = await resolveDownloads(options)
  await downloadAll(downloads, options)
  const archive = etcdArchive(machine)
  const entry = `${archive.folder}/etcd`
  const args = ['-xzf', join(into, archive.file), '-C', into, '--strip-components=1', entry]
  await promisify(execFile)('tar', args)
  await rm(join(into, archive.file))
}

function etcdArchive(machine: Machine): { readonly folder: string; readonly file: string } {
  const folder = `etcd-${etcdVersion}-${machine.os}-${machine.arch}`
  return { folder, file: `${folder}.tar.gz` }
}

/** Fetches all digests first: that tells within seconds whether the hosts can be reached at all. */
async function resolveDownloads(options: DownloadOptions): Promise<readonly Download[]> {
  const { into, machine, hosts } = options
  const binaries = `${hosts.kubernetesUrl}/${kubernetesVersion}/bin/${machine.os}/${machine.arch}`
  const archive = etcdArchive(machine).file
  const etcdFolder = `${hosts.etcdUrl}/${etcdVersion}`
  return Promise.all([
    ...programs.filter(isOfKubernetes).map(async (program) => {
      const url = `${binaries}/${program}`
      const sha256 = await fetchDigest(`${url}.sha256`, options, (text) => text)
      return { url, path: join(into, program), sha256 }
    }),
    fetchDigest(`${etcdFolder}/SHA256SUMS`, options, (text) => lineOf(archive, text)).then(
      (sha256) => ({ url: `${etcdFolder}/${archive}`, path: join(into, archive), sha256 }),
    ),
  ])
}

function isOfKubernetes(program: Program): boolean {
  return program !== 'etcd'
}

function lineOf(file: string, sums: string): string {
  return sums.split('\n').find((line) => line.endsWith(` ${file}`)) ?? ''
}

/** The digest at the start of the line that is picked from the answer, or an error that names the address. */
async function fetchDigest(
  url: string,
  { signal }: DownloadOptions,
  pickLine: (text: string) => string,
): Promise<string> {
  const limits = [AbortSignal.timeout(reachMilliseconds), ...(signal ? [signal] : [])]
  try {
    const response = await fetchOk(url, AbortSignal.any(limits))
    const digest = /^[0-9a-f]{64}\b/.exec(pickLine(await response.text()))?.[0]
    if (!digest) throw new Error('the digest is missing or malformed')
    return digest
  } catch (error) {
    signal?.throwIfAborted()
    throw new Error(`${url}: ${reasonOf(error)}`, { cause: error })
  }
}

async function fetchOk(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal })
  if (response.ok) return response
  await response.body?.cancel()
  throw new Error(`answered ${response.status}`)
}

/** Fetch hides why it failed in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

/** All at once; the first failure ends the others. */
async function downloadAll(
  downloads: readonly Download[],
  options: DownloadOptions,
): Promise<void> {
  const failed = new AbortController()
  const signals = [failed.signal, ...(options.signal ? [options.signal] : [])]
  const signal = AbortSignal.any(signals)
  try {
    const responses = await Promise.all(
      downloads.map(({ url }) =>
        fetchOk(url, signal).catch((error: unknown) => {
          throw new Error(`${url}: ${reasonOf(error)}`, { cause: error })
        }),
      ),
    )
    const sizes = responses.map((response) => Number(response.headers.get('content-length')))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    let done = 0
    const count = (bytes: number) => {
      done += bytes
      const text = `Downloading Kubernetes ${kubernetesVersion}`
      options.onProgress({ kind: 'progress', done, total: Math.max(total, done), text })
    }
    await Promise.all(
      downloads.map((download, index) => save(responses[index]?.body, download, count, signal)),
    )
  } catch (error) {
    failed.abort()
    throw error
  }
}

async function save(
  body: ReadableStream<Uint8Array> | null | undefined,
  download: Download,
  count: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  if (!body) throw new Error(`${download.url}: the answer is empty`)
  const digest = createHash('sha256')
  const measured = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      digest.update(chunk)
      count(chunk.byteLength)
      yield chunk
    }
  }
  await pipeline(body, measured, createWriteStream(download.path, { mode: 0o755 }), { signal })
  const actual = digest.digest('hex')
  if (actual !== download.sha256) {
    throw new Error(`${download.url}: its SHA-256 is ${actual}, published is ${download.sha256}`)
  }
}
