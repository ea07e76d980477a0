// ApiKeys to Ready per second, beside a bare client that makes the same writes and the same calls, in turns within one run.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  apiKeys,
  createKubeClient,
  createTransport,
  loadClusterAccess,
  systemClock,
} from '@latchkey/operator'
import { createInformer } from '../../operator/src/runtime/informer.ts'
import { startTestCluster, type TestCluster } from '../e2e/cluster.ts'
import { processUsage } from './process-usage.ts'
import { type Program, runProgram } from './program.ts'
import { median, type Row } from './table.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Goes after the programs that were started later and still write into it. */
async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** One side of one round. */
interface Run {
  readonly perSecond: number
  readonly cpuMillisecondsPerKey: number
  readonly residentMegabytes: number
}

/** How much is measured. */
export interface ReadyOptions {
  readonly keys: number
  readonly rounds: number
  readonly progress: (text: string) => void
}

/** Runs both sides in turn and answers with the rows of the table; every figure is a median of its rounds. */
export async function benchReady({
  keys,
  rounds,
  progress,
}: ReadyOptions): Promise<readonly Row[]> {
  progress('starting a cluster and a key service')
  await using cluster = await startTestCluster()
  await using folder = await temporaryFolder()
  const dataFolder = folder.path
  await using keyService = runProgram(join(root, 'keyservice/src/main.ts'), [], {
    LATCHKEY_DATA: dataFolder,
    LATCHKEY_PORT: '0',
    LATCHKEY_LOG_LEVEL: 'error',
  })
  const url =
    /http:\S+/.exec(await keyService.line((line) => line.includes('listens on')))?.[0] ?? ''
  const token = (await readFile(join(dataFolder, 'admin-credential'), 'utf8')).trim()
  const operatorRuns: Run[] = []
  const bareRuns: Run[] = []
  const side = { cluster, url, token, keys }
  for (let round = 0; round < rounds; round++) {
    // In turns, and the first one changes: a machine that slows down slows both.
    const both = [
      async () => bareRuns.push(await measure({ ...side, namespace: `bare-${round}` }, bareClient)),
      async () =>
        operatorRuns.push(await measure({ ...side, namespace: `ours-${round}` }, operator)),
    ]
    for (const run of round % 2 === 0 ? both : both.toReversed()) await run()
    progress(`round ${round + 1} of ${rounds}`)
  }
  return rows(operatorRuns, bareRuns, keys)
}

interface Side {
  readonly cluster: TestCluster
  readonly url: string
  readonly token: string
  readonly keys: number
  readonly namespace: string
}

type Start = (side: Side, kubeconfig: string) => Program

const bareClient: Start = ({ namespace, url, token }, kubeconfig) =>
  runProgram(fileURLToPath(new URL('bare-client.ts', import.meta.url)), [
    kubeconfig,
    namespace,
    url,
    token,
  ])

const operator: Start = ({ namespace }, kubeconfig) =>
  runProgram(join(root, 'operator/src/main.ts'), [
    ...['--kubeconfig', kubeconfig, '--health-port', '0', '--namespaces', namespace],
  ])

/**
 * Declares the ApiKeys while nobody acts, then starts one side and times it from the end of its warm-up to the last Ready:
 * a process compiles what it runs for its first thousand keys, and lives for months.
 */
async function measure(side: Side, start: Start): Promise<Run> {
  const { cluster, keys } = side
  await declare(side)
  const kubeconfig = await cluster.operatorKubeconfig()
  const watched = watchReady(side)
  await using program = start(side, kubeconfig)
  await watched.count(warmUpKeys)
  const begin = performance.now()
  const before = await processUsage(program.pid)
  await watched.count(warmUpKeys + keys)
  const seconds = (performance.now() - begin) / 1000
  const after = await processUsage(program.pid)
  await watched.stop()
  return {
    perSecond: keys / seconds,
    cpuMillisecondsPerKey: (after.cpuMilliseconds - before.cpuMilliseconds) / keys,
    residentMegabytes: after.residentMegabytes,
  }
}

const warmUpKeys = 1000

async function declare({ cluster, namespace, url, token, keys }: Side): Promise<void> {
  const apiVersion = 'latchkey.dev/v1alpha1'
  const named = (index: number) => ({ name: `key-${index}`, namespace })
  await cluster.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'credential', namespace },
      stringData: { token },
    },
    {
      apiVersion,
      kind: 'KeyService',
      metadata: { name: 'bundled', namespace },
      spec: { url, default: true, credentials: { tokenRef: { name: 'credential' } } },
    },
  ])
  const path = `/apis/${apiVersion}/namespaces/${namespace}/apikeys`
  const waiting = Array.from({ length: warmUpKeys + keys }, (_, index) => index)
  const create = async () => {
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      await cluster.request('POST', path, {
        body: { apiVersion, kind: 'ApiKey', metadata: named(index), spec: {} },
      })
    }
  }
  await Promise.all(Array.from({ length: 16 }, create))
}

/** Follows the ApiKeys of a namespace. Both sides are watched alike, so it costs both alike. */
function watchReady({ cluster, namespace }: Side) {
  const clock = systemClock()
  const transport = createTransport(loadClusterAccess({ path: cluster.kubeconfigPath, env: {} }))
  const ready = new Set<string>()
  const waiting = new Map<number, () => void>()
  const informer = createInformer({
    client: createKubeClient({ transport, clock }),
    clock,
    resource: apiKeys,
    namespaces: [namespace],
    decode: (object) => ({
      namespace,
      name: object.metadata.name ?? '',
      resourceVersion: object.metadata.resourceVersion ?? '',
      ready: JSON.stringify(object).includes('"type":"Ready"'),
    }),
    onChange: ({ record }) => {
      if (!record.ready) return
      ready.add(record.name)
      waiting.get(ready.size)?.()
    },
  })
  informer.start()
  return {
    /** Resolves when so many are Ready; to be asked before there are. */
    count: (wanted: number) => new Promise<void>((resolve) => void waiting.set(wanted, resolve)),
    async stop() {
      await informer.stop()
      await transport.close()
    },
  }
}

function rows(ours: readonly Run[], bare: readonly Run[], keys: number): readonly Row[] {
  const of = (runs: readonly Run[], field: keyof Run) => median(runs.map((run) => run[field]))
  const ratio = median(
    ours.map((run, round) => run.perSecond / (bare[round]?.perSecond ?? Number.NaN)),
  )
  const cpu = of(ours, 'cpuMillisecondsPerKey')
  return [
    { what: `bare client, ${keys} ApiKeys`, value: `${of(bare, 'perSecond').toFixed(0)}/s` },
    { what: `operator, ${keys} ApiKeys to Ready`, value: `${of(ours, 'perSecond').toFixed(0)}/s` },
    {
      what: 'operator beside the bare client',
      value: `${(ratio * 100).toFixed(0)} %`,
      bar: 'at least 80 %',
      holds: ratio >= 0.8,
    },
    {
      what: 'bare client CPU per key',
      value: `${of(bare, 'cpuMillisecondsPerKey').toFixed(2)} ms`,
    },
    {
      what: 'operator CPU per key',
      value: `${cpu.toFixed(2)} ms`,
      bar: 'at most 0.8 ms',
      holds: cpu <= 0.8,
    },
    { what: 'operator memory', value: `${of(ours, 'residentMegabytes').toFixed(0)} MB` },
  ]
}
