// The control plane by hand: `node controlplane/src/main.ts ensure`, or `start --data DIR` until Ctrl-C.
import { parseArgs } from 'node:util'
import { ensureControlPlane } from './ensure.ts'
import type { Progress } from './progress.ts'
import { startControlPlane } from './start.ts'

const usage = 'Usage: main.ts ensure | main.ts start --data DIR [--no-fsync]'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { data: { type: 'string' }, 'no-fsync': { type: 'boolean', default: false } },
})
const interrupted = new AbortController()
const interrupt = () => interrupted.abort()
process.once('SIGINT', interrupt)
process.once('SIGTERM', interrupt)

try {
  await run(positionals[0])
} catch (error) {
  process.exitCode = 1
  if (!interrupted.signal.aborted) console.error(error instanceof Error ? error.message : error)
}

async function run(command: string | undefined): Promise<void> {
  const { signal } = interrupted
  if (command !== 'ensure' && (command !== 'start' || !values.data)) throw new Error(usage)
  const show = progressLine()
  const { binDir, source, version } = await ensureControlPlane({ onProgress: show, signal })
  console.log(`Kubernetes ${version} (${source}) in ${binDir}`)
  if (command === 'ensure' || !values.data) return
  const controlPlane = await startControlPlane({
    dataDir: values.data,
    binDir,
    fsync: !values['no-fsync'],
    onProgress: show,
    signal,
  })
  console.log(
    `${controlPlane.url} serves; KUBECONFIG=${controlPlane.kubeconfigPath}; Ctrl-C stops it`,
  )
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
  await controlPlane.stop()
}

/** One line that is written over on a terminal; elsewhere one line per tenth. */
function progressLine(): (progress: Progress) => void {
  let shown = ''
  return ({ done, total, text }) => {
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total)
    const terminal = process.stderr.isTTY
    const line = `${text}: ${terminal ? percent : percent - (percent % 10)} %`
    if (line === shown) return
    shown = line
    process.stderr.write(terminal ? `\r\x1b[K${line}${done === total ? '\n' : ''}` : `${line}\n`)
  }
}
