import { join, relative, resolve } from 'node:path'
import { type KeyPair, prepareCertificates } from './certificates.ts'
import { etcdSocketFile } from './command-line.ts'
import { kubeconfig } from './kubeconfig.ts'
import { reservePort } from './port.ts'
import { writePrivateFile } from './private-file.ts'
import { missingPrograms, type Program, programsIn } from './programs.ts'
import type { ApiServerAccess } from './readiness.ts'

/** What is decided, and lies in the data folder, before the first process starts. */
export type Preparation = {
  readonly dataDir: string
  readonly binDir: string
  readonly programs: readonly Program[]
  readonly port: number
  readonly access: ApiServerAccess
  readonly kubeconfigPath: string
  /** etcd's socket, seen from this process. */
  readonly etcdSocketPath: string
}

/** What the kernel allows for the path of a Unix socket, on the system that allows least. */
const longestSocketPath = 103

/** Completes an existing data folder: keys, certificates, a port, and a kubeconfig for each who needs one. */
export async function prepare(options: {
  readonly dataDir: string
  readonly binDir: string
  readonly contextName: string
}): Promise<Preparation> {
  const { dataDir } = options
  const binDir = resolve(options.binDir)
  const programs = await programsIn(binDir)
  const missing = missingPrograms(programs)
  if (missing.length > 0) throw new Error(`${binDir} lacks ${missing.join(', ')}`)
  const etcdSocketPath = socketPath(dataDir)
  const [certificates, port] = await Promise.all([
    prepareCertificates(join(dataDir, 'pki'), new Date()),
    reservePort(join(dataDir, 'port')),
  ])
  const { caPem, admin, controllerManager, scheduler } = certificates
  const url = `https://127.0.0.1:${port}`
  const kubeconfigPath = join(dataDir, 'kubeconfig')
  const writeFor = (path: string, client: KeyPair) =>
    writePrivateFile(path, kubeconfig({ name: options.contextName, url, caPem, client }))
  await Promise.all([
    writeFor(kubeconfigPath, admin),
    writeFor(join(dataDir, 'pki', 'controller-manager.kubeconfig'), controllerManager),
    writeFor(join(dataDir, 'pki', 'scheduler.kubeconfig'), scheduler),
  ])
  const access = { url, caPem, admin }
  return { dataDir, binDir, programs, port, access, kubeconfigPath, etcdSocketPath }
}

function socketPath(dataDir: string): string {
  const absolute = join(dataDir, etcdSocketFile)
  const fromHere = relative(process.cwd(), absolute)
  const path = fromHere.length < absolute.length ? fromHere : absolute
  if (Buffer.byteLength(path) > longestSocketPath) {
    throw new Error(`The path ${dataDir} is too long for a Unix socket: choose a shorter one`)
  }
  return path
}
