import { access, mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { cacheFolder, cacheName, thisMachine } from './cache-folder.ts'
import { type EnsureOptions, ensureControlPlane } from './ensure.ts'
import { findControlPlane } from './find.ts'
import { tryLock } from './lock.ts'
import { type Program, programs } from './programs.ts'
import { recordProgress } from './progress-file.ts'

/** Nobody answers there: releases cannot be downloaded. */
const hosts = { kubernetesUrl: 'http://127.0.0.1:9/k8s', etcdUrl: 'http://127.0.0.1:9/etcd' }

let folder: string
let env: Record<string, string | undefined>
let cache: string
let name: string

beforeEach(async () => {
  const temporary = await mkdtempDisposable(join(tmpdir(), 'controlplane-'))
  folder = temporary.path
  await mkdir(join(folder, 'bin'))
  env = {
    HOME: folder,
    PATH: `${join(folder, 'bin')}${delimiter}/usr/bin${delimiter}/bin`,
    LOG: join(folder, 'builds'),
  }
  cache = cacheFolder(env)
  name = await cacheName(thisMachine())
  return temporary.remove
})

/** Stands in for Go. Each build leaves a line in the file `builds`. */
async function installGo(build = 'touch "$out"; chmod +x "$out"'): Promise<void> {
  const script = `#!/bin/sh
case "$1" in
  env) echo go1.26.8 ;;
  build)
    echo built >> "$LOG"
    while [ "$1" != -o ]; do shift; done
    out="$2"
    ${build} ;;
esac`
  await writeFile(join(folder, 'bin', 'go'), script, { mode: 0o755 })
}

async function fill(binDir: string, present: readonly Program[]): Promise<void> {
  await mkdir(binDir, { recursive: true })
  for (const program of present) {
    await writeFile(join(binDir, program), '#!/bin/sh\necho Kubernetes v1.35.1\n', { mode: 0o755 })
  }
}

function ensure(options: EnsureOptions = {}) {
  return ensureControlPlane({ env, hosts, ...options })
}

async function builds(): Promise<number> {
  return (await readFile(join(folder, 'builds'), 'utf8')).trim().split('\n').length
}

test('the folder named by KUBEBUILDER_ASSETS comes first, with what it holds', async () => {
  env.KUBEBUILDER_ASSETS = join(folder, 'assets')
  await fill(env.KUBEBUILDER_ASSETS, ['etcd', 'kube-apiserver', 'kubectl'])
  await fill(join(cache, name), programs)

  expect(await ensure()).toEqual({
    binDir: env.KUBEBUILDER_ASSETS,
    source: 'assets',
    version: 'v1.35.1',
    components: ['etcd', 'kube-apiserver', 'kubectl'],
  })
})

test('what an earlier run cached is found', async () => {
  await fill(join(cache, name), programs)

  expect(await findControlPlane({ env })).toMatchObject({
    binDir: join(cache, name),
    source: 'cache',
    components: programs,
  })
})

test('finding makes nothing', async () => {
  expect(await findControlPlane({ env })).toBeUndefined()
  await expect(access(cache)).rejects.toThrow('ENOENT')
})

test('what cannot be downloaded is built, once', async () => {
  await installGo()

  expect(await ensure()).toMatchObject({ source: 'build', components: programs })
  expect(await ensure()).toMatchObject({ source: 'cache' })
  expect(await builds()).toBe(1)
})

test('two runs at once share one build', async () => {
  await installGo()

  const both = await Promise.all([ensure(), ensure()])

  expect(both.map(({ source }) => source).sort()).toEqual(['build', 'cache'])
  expect(await builds()).toBe(1)
})

test("a run that waits shows the other one's progress", async () => {
  await fill(cache, [])
  await installGo()
  const other = tryLock(join(cache, `${name}.lock`))
  recordProgress(join(cache, `${name}.progress.json`))({
    kind: 'progress',
    done: 700,
    total: 2700,
    text: 'Building',
  })
  const texts: string[] = []

  await ensure({
    onProgress: ({ done, total, text }) => {
      texts.push(`${done}/${total} ${text}`)
      other?.release()
    },
  })

  expect(texts[0]).toBe('700/2700 Building (in another process)')
})

test('an aborted build leaves nothing that could be taken for whole, and the next one succeeds', async () => {
  const abort = new AbortController()
  await installGo(
    'touch "$out"; touch "$LOG.begun"; trap "exit 1" INT; while :; do sleep 0.05; done',
  )
  const build = ensure({ signal: abort.signal })
  await expect
    .poll(() =>
      access(`${env.LOG}.begun`).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true)

  abort.abort()

  await expect(build).rejects.toThrow('aborted')
  expect((await readdir(cache)).filter((entry) => !entry.endsWith('.lock'))).toEqual([])
  await installGo()
  expect(await ensure()).toMatchObject({ source: 'build' })
})

test('what a killed build has left is removed and never used', async () => {
  await installGo()
  await fill(join(cache, `${name}.4711.partial`), programs)
  await fill(join(cache, name), ['etcd'])

  expect(await ensure()).toMatchObject({ source: 'build' })
  expect((await readdir(cache)).filter((entry) => !entry.endsWith('.lock'))).toEqual([name])
})

test('when no way leads to a control plane, the error names each and what was wrong with it', async () => {
  env.KUBEBUILDER_ASSETS = join(folder, 'assets')
  await fill(env.KUBEBUILDER_ASSETS, ['etcd'])
  await installGo('echo "disk full" >&2; exit 1')

  const error = await ensure().catch((reason: Error) => reason.message)

  expect(error).toMatch(/KUBEBUILDER_ASSETS: .*assets lacks kube-apiserver, kubectl/)
  expect(error).toMatch(/the cache of an earlier run: .*is not there or not whole/)
  expect(error).toMatch(/the official release: http/)
  expect(error).toMatch(/a build from source: go build failed:\ndisk full/)
})
