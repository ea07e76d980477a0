import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, expect, test } from 'vitest'
import { programs, programsIn } from './programs.ts'
import type { Progress } from './progress.ts'
import { downloadRelease, type ReleaseHosts } from './release.ts'
import { etcdVersion, kubernetesVersion } from './versions.ts'

const machine = { os: 'linux', arch: 'amd64' }
const kubernetesPath = `/k8s/${kubernetesVersion}/bin/linux/amd64`
const etcdPath = `/etcd/${etcdVersion}`
const archive = `etcd-${etcdVersion}-linux-amd64.tar.gz`

let folder: string
let hosts: ReleaseHosts
/** What the server has, by path. */
let files: Map<string, Buffer>

beforeEach(async () => {
  const temporary = await mkdtempDisposable(join(tmpdir(), 'controlplane-'))
  folder = join(temporary.path, 'into')
  await mkdir(folder)
  files = await publish(temporary.path)
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '')
    response.writeHead(file ? 200 : 404, { 'content-length': file?.byteLength ?? 0 }).end(file)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  hosts = { kubernetesUrl: `${url}/k8s`, etcdUrl: `${url}/etcd` }
  return async () => {
    server.closeAllConnections()
    server.close()
    await temporary.remove()
  }
})

/** A release of small scripts, laid out and digested as the real one is. */
async function publish(scratch: string): Promise<Map<string, Buffer>> {
  const published = new Map<string, Buffer>()
  for (const program of programs.filter((name) => name !== 'etcd')) {
    const content = Buffer.from(`#!/bin/sh\necho ${program}\n`)
    published.set(`${kubernetesPath}/${program}`, content)
    published.set(`${kubernetesPath}/${program}.sha256`, Buffer.from(sha256(content)))
  }
  const etcdFolder = archive.replace('.tar.gz', '')
  await mkdir(join(scratch, etcdFolder))
  await writeFile(join(scratch, etcdFolder, 'etcd'), '#!/bin/sh\necho etcd\n', { mode: 0o755 })
  await writeFile(join(scratch, etcdFolder, 'README.md'), 'not wanted')
  await promisify(execFile)('tar', ['-czf', archive, etcdFolder], { cwd: scratch })
  const packed = await readFile(join(scratch, archive))
  published.set(`${etcdPath}/${archive}`, packed)
  const sums = `${sha256(Buffer.from('other'))}  etcd-darwin.zip\n${sha256(packed)}  ${archive}\n`
  published.set(`${etcdPath}/SHA256SUMS`, Buffer.from(sums))
  return published
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function download(options: { onProgress?: (progress: Progress) => void } = {}): Promise<void> {
  return downloadRelease({ into: folder, machine, hosts, onProgress: () => undefined, ...options })
}

test('a download gives every program, and nothing else', async () => {
  await download()

  expect(await programsIn(folder)).toEqual(programs)
  expect((await readdir(folder)).sort()).toEqual([...programs].sort())
  const { stdout } = await promisify(execFile)(join(folder, 'etcd'))
  expect(stdout).toBe('etcd\n')
})

test('progress counts bytes up to the true total', async () => {
  const seen: Progress[] = []

  await download({ onProgress: (progress) => seen.push(progress) })

  const sizes = [...files].filter(([path]) => !/sha256|SHA256/.test(path))
  const total = sizes.reduce((sum, [, content]) => sum + content.byteLength, 0)
  expect(seen.at(-1)).toMatchObject({ done: total, total })
})

test('a program that differs from its published digest is refused', async () => {
  files.set(`${kubernetesPath}/kube-apiserver`, Buffer.from('something else'))

  await expect(download()).rejects.toThrow(/kube-apiserver: its SHA-256 is .* published is/)
})

test('an archive of etcd that differs from its published digest is refused', async () => {
  files.set(`${etcdPath}/${archive}`, Buffer.from('something else'))

  await expect(download()).rejects.toThrow(/tar\.gz: its SHA-256 is .* published is/)
})

test('an answer in place of a digest, as a proxy may give it, is refused', async () => {
  files.set(`${kubernetesPath}/kubectl.sha256`, Buffer.from('<html>Please log in</html>'))

  await expect(download()).rejects.toThrow(/kubectl\.sha256: .*digest is missing or malformed/)
})

test('a list of digests without the archive is refused', async () => {
  files.set(`${etcdPath}/SHA256SUMS`, Buffer.from(`${sha256(Buffer.from('x'))}  other.tar.gz\n`))

  await expect(download()).rejects.toThrow(/SHA256SUMS: .*digest is missing or malformed/)
})

test('a program that is not published is named', async () => {
  files.delete(`${kubernetesPath}/kube-scheduler`)

  await expect(download()).rejects.toThrow(/kube-scheduler: answered 404/)
})

test('a host that cannot be reached is named, before anything is downloaded', async () => {
  hosts = { ...hosts, etcdUrl: 'http://127.0.0.1:1/etcd' }

  await expect(download()).rejects.toThrow(/^http:\/\/127\.0\.0\.1:1\/etcd.*ECONNREFUSED|bad port/)
  expect(await readdir(folder)).toEqual([])
})

test('a system for which no servers are published is told so without a request', async () => {
  const onMac = downloadRelease({
    into: folder,
    machine: { os: 'darwin', arch: 'arm64' },
    hosts: { kubernetesUrl: '', etcdUrl: '' },
    onProgress: () => undefined,
  })

  await expect(onMac).rejects.toThrow('linux only')
})
