// Builds the control plane from our Go module: the way that needs nothing but Go and its module proxy.
// One program is built and linked to under five names (see go/main.go).
import { spawn } from 'node:child_process'
import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Environment, goFolder } from './cache-folder.ts'
import { programs } from './programs.ts'
import type { OnProgress } from './progress.ts'
import { kubernetesVersion, oldestGo } from './versions.ts'

/** Looked up in the PATH of the caller's environment. */
const compiler = 'go'

const programFile = 'controlplane'

/** Lines of the compiler that an error repeats. */
const tailLines = 15

export type BuildOptions = {
  /** An existing folder that receives the program and its links. */
  readonly into: string
  readonly env: Environment
  readonly onProgress: OnProgress
  readonly signal?: AbortSignal | undefined
}

/**
 * Builds into the folder: about four minutes on two cores with Go's caches empty, seconds when they are
 * warm. An interrupted build may be repeated; what was compiled stays in Go's own cache. Throws an error
 * that says what to do when Go is missing, too old, or fails.
 */
export async function buildControlPlane(options: BuildOptions): Promise<void> {
  await checkGo(options)
  const stale = await packagesToCompile(options)
  await compile(options, stale)
  await Promise.all(programs.map((program) => symlink(programFile, join(options.into, program))))
}

/** True when a version such as `go1.26.8` is at least the one that Kubernetes needs. */
export function isGoRecent(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? []
  const [wantedMajor, wantedMinor] = oldestGo.split('.')
  if (Number(major) !== Number(wantedMajor)) return Number(major) > Number(wantedMajor)
  return Number(minor) >= Number(wantedMinor)
}

async function checkGo(options: BuildOptions): Promise<void> {
  const remedy = `install Go ${oldestGo} or newer from https://go.dev/dl/`
  let version = ''
  try {
    // Asked inside the module, a newer toolchain that Go fetches for it counts.
    await runGo(options, ['env', 'GOVERSION'], {
      onOutput: (line) => {
        version = line.trim()
      },
    })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new Error(`Go cannot be run (${messageOf(error)}): ${remedy}`, { cause: error })
  }
  if (!isGoRecent(version)) throw new Error(`${version} is too old: ${remedy}`)
}

/** The packages that Go will compile, so that progress has a true total: those that its cache holds are not among them. */
async function packagesToCompile(options: BuildOptions): Promise<ReadonlySet<string>> {
  const modules = (await readFile(join(goFolder, 'go.mod'), 'utf8')).match(/^\t\S+ v\S+/gm) ?? []
  const stale = new Set<string>()
  let fetched = 0
  await runGo(
    options,
    ['list', '-deps', ...buildFlags(), '-f', '{{if .Stale}}{{.ImportPath}}{{end}}', '.'],
    {
      onOutput: (line) => stale.add(line),
      onDiagnostic: (line) => {
        if (!line.startsWith('go: downloading')) return
        fetched = Math.min(fetched + 1, modules.length)
        options.onProgress({
          kind: 'progress',
          done: fetched,
          total: modules.length,
          text: 'Fetching Go modules',
        })
      },
    },
  )
  return stale
}

async function compile(options: BuildOptions, stale: ReadonlySet<string>): Promise<void> {
  // One more step than packages: linking, which Go does last and says nothing about.
  const total = stale.size + 1
  let done = 0
  const report = () => {
    const text =
      done < stale.size ? 'Building the Kubernetes control plane' : 'Linking the control plane'
    options.onProgress({ kind: 'progress', done, total, text })
  }
  report()
  await runGo(
    options,
    ['build', '-v', ...buildFlags(), '-o', join(options.into, programFile), '.'],
    {
      onDiagnostic: (line) => {
        if (!stale.has(line)) return
        done += 1
        report()
      },
    },
  )
  done = total
  report()
}

/** Without the version the API server would call itself v0.0.0, and clients would believe it. */
function buildFlags(): readonly string[] {
  const version = `-X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`
  return ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', `-s -w ${version}`]
}

type Listeners = {
  readonly onOutput?: (line: string) => void
  readonly onDiagnostic?: (line: string) => void
}

/** Runs Go inside our module. Rejects with its last lines when it fails. */
async function runGo(
  options: BuildOptions,
  args: readonly string[],
  listeners: Listeners,
): Promise<void> {
  const tail: string[] = []
  const child = spawn(compiler, args, {
    cwd: goFolder,
    env: { ...options.env, CGO_ENABLED: '0', GOWORK: 'off', GOOS: '', GOARCH: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
    // Go passes an interrupt on to its compilers; a kill would leave them running.
    killSignal: 'SIGINT',
  })
  createInterface({ input: child.stdout }).on('line', (line) => listeners.onOutput?.(line))
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (tail.push(line) > tailLines) tail.shift()
    listeners.onDiagnostic?.(line)
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`go ${args[0]} failed:\n${tail.join('\n')}`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
