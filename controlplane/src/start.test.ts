// A real control plane: what no stand-in could tell.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtempDisposable, readFile, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureControlPlane } from './ensure.ts'
import { type ControlPlane, startControlPlane } from './start.ts'

/** A build on a machine with nothing cached. */
const buildMilliseconds = 900_000

let temporary: Awaited<ReturnType<typeof mkdtempDisposable>>
let binDir: string
let controlPlane: ControlPlane

beforeAll(async () => {
  // Ours, with all five programs: a folder of assets may lack the controller manager.
  const env = { ...process.env, KUBEBUILDER_ASSETS: undefined }
  const programs = await ensureControlPlane({ env })
  binDir = programs.binDir
  temporary = await mkdtempDisposable(join(tmpdir(), 'controlplane-'))
  controlPlane = await startControlPlane({ dataDir: temporary.path, binDir, fsync: false })
}, buildMilliseconds)

afterAll(async () => {
  await controlPlane?.stop()
  await temporary?.remove()
})

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(controlPlane.kubectlPath, [
    `--kubeconfig=${controlPlane.kubeconfigPath}`,
    ...args,
  ])
  return stdout
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('the kubeconfig is readable by its owner alone', async () => {
  expect((await stat(controlPlane.kubeconfigPath)).mode & 0o777).toBe(0o600)
  expect((await stat(controlPlane.dataDir)).mode & 0o777).toBe(0o700)
})

test('pods can be created in the default namespace at once', async () => {
  const pod = await kubectl('run', 'pause', '--image=pause', '--output=jsonpath={.metadata.uid}')

  expect(pod).not.toBe('')
})

test('admission policies that mutate are served', async () => {
  const resources = await kubectl('api-resources', '--api-group=admissionregistration.k8s.io')

  expect(resources).toMatch(/admissionregistration\.k8s\.io\/v1 .* MutatingAdmissionPolicy\n/)
})

test('a watch can begin with the list', async () => {
  const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
  const events = await kubectl(
    'get',
    '--raw',
    `/api/v1/namespaces?watch=1&timeoutSeconds=1&${query}`,
  )

  expect(events).toContain('"k8s.io/initial-events-end":"true"')
})

test('the roles that are put together from others are not empty', async () => {
  const rules = await kubectl('get', 'clusterrole', 'edit', '--output=jsonpath={.rules}')

  expect(rules).toContain('secrets')
})

test('an owned object is collected, and a deleted namespace goes away with all that is in it', async () => {
  await kubectl('create', 'namespace', 'short-lived')
  await kubectl('create', 'deployment', 'web', '--image=pause', '--namespace=short-lived')
  const uid = '--output=jsonpath={.metadata.uid}'
  const owner = await kubectl('get', 'deployment', 'web', '--namespace=short-lived', uid)
  expect(owner).not.toBe('')
  await kubectl(
    'wait',
    'deployment/web',
    '--namespace=short-lived',
    '--for=jsonpath={.status.replicas}=1',
  )

  await kubectl('delete', 'deployment', 'web', '--namespace=short-lived')
  await kubectl('wait', 'replicaset', '--all', '--namespace=short-lived', '--for=delete')
  await kubectl('delete', 'namespace', 'short-lived', '--wait')

  expect(await kubectl('get', 'namespaces', '--output=name')).not.toContain('short-lived')
})

test('a second start on the same folder is refused by a sentence that says whose it is', async () => {
  const second = startControlPlane({ dataDir: temporary.path, binDir })

  await expect(second).rejects.toThrow(`runs on ${temporary.path} already (process ${process.pid})`)
  expect(await kubectl('get', '--raw', '/readyz')).toBe('ok')
})

test('the API server can be killed and comes back at the same address with the same data', async () => {
  const { apiServer } = controlPlane.components
  const { url } = controlPlane
  await kubectl('create', 'configmap', 'survivor', '--from-literal=value=kept')

  apiServer.kill('SIGKILL')
  expect(await apiServer.exited()).toEqual({ code: null, signal: 'SIGKILL' })
  await expect(kubectl('get', '--raw', '/readyz')).rejects.toThrow('refused')
  await apiServer.restart()

  expect(controlPlane.url).toBe(url)
  expect(await kubectl('get', 'configmap', 'survivor', '--output=jsonpath={.data.value}')).toBe(
    'kept',
  )
})

test('a stop ends every process, and a start continues with the same data, address and authority', async () => {
  const { pids, url, caPem } = controlPlane
  await kubectl('create', 'configmap', 'heirloom', '--from-literal=value=kept')
  expect(pids).toHaveLength(4)

  await controlPlane.stop()
  expect(pids.filter(isAlive)).toEqual([])
  expect(controlPlane.pids).toEqual([])
  controlPlane = await startControlPlane({ dataDir: temporary.path, binDir, fsync: false })

  expect(controlPlane.url).toBe(url)
  expect(controlPlane.caPem).toBe(caPem)
  expect(await kubectl('get', 'configmap', 'heirloom', '--output=jsonpath={.data.value}')).toBe(
    'kept',
  )
})

test('a start that is aborted leaves nothing running and the folder free', async () => {
  await using other = await mkdtempDisposable(join(tmpdir(), 'controlplane-'))
  const abort = new AbortController()
  const start = startControlPlane({
    dataDir: other.path,
    binDir,
    fsync: false,
    onProgress: () => abort.abort(),
    signal: abort.signal,
  })

  await expect(start).rejects.toThrow('aborted')

  await expect(access(join(other.path, 'etcd:1'))).rejects.toThrow('ENOENT')
  await using again = await startControlPlane({ dataDir: other.path, binDir, fsync: false })
  expect(again.pids).toHaveLength(4)
})

test('when the process that started it is killed, no component outlives it', async () => {
  await using other = await mkdtempDisposable(join(tmpdir(), 'controlplane-'))
  const program = join(import.meta.dirname, 'main.ts')
  const starter = spawn(process.execPath, [program, 'start', '--data', other.path, '--no-fsync'], {
    env: { ...process.env, KUBEBUILDER_ASSETS: undefined },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: starter.stdout })) {
    if (line.includes('Ctrl-C')) break
  }
  const port = Number(await readFile(join(other.path, 'port'), 'utf8'))
  const connections = [connect(port, '127.0.0.1'), connect(join(other.path, 'etcd:1'))]
  await Promise.all(connections.map((connection) => once(connection, 'connect')))

  const closed = connections.map(
    (connection) =>
      new Promise((resolve) => {
        // A reset is an end, too.
        connection.resume().on('error', resolve).on('close', resolve)
      }),
  )
  starter.kill('SIGKILL')

  await Promise.all(closed)
})
