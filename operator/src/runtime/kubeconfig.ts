// Finds the cluster and the credentials, the way kubectl does: a named file, KUBECONFIG, the pod's own
// ServiceAccount, ~/.kube/config.

import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parse, YAMLParseError } from 'yaml'
import { type Clock, systemClock } from './clock.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { type ClusterEntry, createCredentials, type UserEntry } from './credentials.ts'
import { inClusterAccess, runsInCluster } from './in-cluster.ts'
import { KubeconfigError } from './kubeconfig-error.ts'

/** Where to look, and what the calls shall carry. */
export type ClusterAccessOptions = {
  /** A kubeconfig file; wins over everything else. */
  readonly path?: string | undefined
  /** A context other than the file's `current-context`. */
  readonly context?: string | undefined
  /** Shown in the audit log; its part before the slash is the field manager where a write names none. */
  readonly userAgent?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
}

/**
 * Loads the access to a cluster from `path`, else the files of KUBECONFIG, else the pod's ServiceAccount, else
 * ~/.kube/config. Reads files only; token files and certificates are read again while in use.
 *
 * @throws KubeconfigError naming the file and what is wrong in it, never its content.
 */
export function loadClusterAccess(options: ClusterAccessOptions = {}): ClusterAccess {
  const env = options.env ?? process.env
  const clock = options.clock ?? systemClock()
  const userAgent = options.userAgent ?? 'operator'
  const paths = filesToRead(options.path, env)
  if (paths === undefined) return inClusterAccess({ env, clock, userAgent })

  const { config, files } = readMerged(paths)
  const contextName = options.context ?? config.currentContext
  if (contextName === undefined) {
    throw new KubeconfigError(`${files}: there is no current-context; choose a context`)
  }
  const context = config.contexts.get(contextName)
  if (context === undefined)
    throw new KubeconfigError(`${files}: no context named "${contextName}"`)
  const clusterName = text(context, 'cluster', files)
  const cluster = config.clusters.get(clusterName ?? '')
  if (cluster === undefined) {
    throw new KubeconfigError(`${files}: context "${contextName}" names no known cluster`)
  }
  const userName = text(context, 'user', files)
  const user = config.users.get(userName ?? '')
  if (user === undefined) {
    throw new KubeconfigError(`${files}: context "${contextName}" names no known user`)
  }
  const clusterEntry = parseCluster(cluster, `${files}: cluster "${clusterName}"`)
  const userEntry = parseUser(user, `${files}: user "${userName}"`)
  const namespace = text(context, 'namespace', files)
  return {
    server: clusterEntry.server,
    ...(namespace === undefined ? {} : { namespace }),
    ...createCredentials({ cluster: clusterEntry, user: userEntry, clock, userAgent }),
  }
}

/** The kubeconfig files to merge, or undefined for the pod's own ServiceAccount. */
function filesToRead(
  path: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] | undefined {
  if (path !== undefined) return [path]
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((entry) => entry !== '')
  if (listed.length > 0) return listed
  if (runsInCluster(env)) return undefined
  return [join(env.HOME ?? homedir(), '.kube', 'config')]
}

type Entry = Readonly<Record<string, unknown>>
/** An entry with its own file's folder, against which its relative paths count. */
type Located = { readonly entry: Entry; readonly folder: string }
type Merged = {
  currentContext: string | undefined
  readonly clusters: Map<string, Located>
  readonly users: Map<string, Located>
  readonly contexts: Map<string, Located>
}

/** Reads all files; as with kubectl, the first file that defines something wins and missing ones of several are skipped. */
function readMerged(paths: readonly string[]): { readonly config: Merged; readonly files: string } {
  const config: Merged = {
    currentContext: undefined,
    clusters: new Map(),
    users: new Map(),
    contexts: new Map(),
  }
  const present = paths.filter((path) => existsSync(path))
  if (present.length === 0) {
    throw new KubeconfigError(`${paths.join(', ')}: no such file; name a kubeconfig`)
  }
  for (const path of present) {
    const root = readFile(path)
    config.currentContext ??= text({ entry: root, folder: '' }, 'current-context', path)
    for (const [kind, target] of [
      ['cluster', config.clusters],
      ['user', config.users],
      ['context', config.contexts],
    ] as const) {
      const list = root[`${kind}s`] ?? []
      if (!Array.isArray(list)) throw new KubeconfigError(`${path}: ${kind}s is not a list`)
      for (const item of list) {
        if (!isEntry(item) || typeof item.name !== 'string' || !isEntry(item[kind] ?? {})) {
          throw new KubeconfigError(`${path}: every entry of ${kind}s needs a name and a ${kind}`)
        }
        const entry = (item[kind] ?? {}) as Entry
        if (!target.has(item.name)) target.set(item.name, { entry, folder: dirname(resolve(path)) })
      }
    }
  }
  return { config, files: present.join(', ') }
}

function readFile(path: string): Entry {
  let root: unknown
  try {
    root = parse(readFileSync(path, 'utf8'), { prettyErrors: true })
  } catch (error) {
    // The parser's own message quotes the line, and with it perhaps a token.
    if (error instanceof YAMLParseError) {
      const line = error.linePos?.[0].line
      throw new KubeconfigError(
        `${path}: not valid YAML${line === undefined ? '' : ` at line ${line}`}`,
      )
    }
    throw new KubeconfigError(`${path}: cannot be read (${codeOf(error)})`)
  }
  if (!isEntry(root)) throw new KubeconfigError(`${path}: not a kubeconfig`)
  return root
}

function parseCluster(located: Located, where: string): ClusterEntry {
  const server = text(located, 'server', where)
  if (server === undefined || !URL.canParse(server)) {
    throw new KubeconfigError(`${where}: server is not a URL`)
  }
  if (located.entry['proxy-url'] !== undefined) {
    throw new KubeconfigError(`${where}: proxy-url is not supported`)
  }
  return {
    server,
    insecure: located.entry['insecure-skip-tls-verify'] === true,
    servername: text(located, 'tls-server-name', where),
    ca: pem(located, 'certificate-authority', where),
  }
}

function parseUser(located: Located, where: string): UserEntry {
  const { entry, folder } = located
  if (entry['auth-provider'] !== undefined) {
    throw new KubeconfigError(`${where}: auth-provider was removed from Kubernetes; use exec`)
  }
  const tokenFile = text(located, 'tokenFile', where)
  const groups = entry['as-groups']
  return {
    where,
    cert: pem(located, 'client-certificate', where),
    key: pem(located, 'client-key', where),
    token: text(located, 'token', where),
    tokenFile: tokenFile === undefined ? undefined : resolve(folder, tokenFile),
    username: text(located, 'username', where),
    password: text(located, 'password', where),
    impersonate: text(located, 'as', where),
    impersonateGroups: Array.isArray(groups) ? groups.map(String) : [],
    exec: parseExec(entry.exec, folder, where),
  }
}

function parseExec(value: unknown, folder: string, where: string): UserEntry['exec'] {
  if (value === undefined || value === null) return undefined
  const exec = isEntry(value) ? { entry: value, folder } : undefined
  const command = exec && text(exec, 'command', where)
  const apiVersion = exec && text(exec, 'apiVersion', where)
  if (exec === undefined || command === undefined || apiVersion === undefined) {
    throw new KubeconfigError(`${where}: exec needs a command and an apiVersion`)
  }
  const args: unknown = exec.entry.args ?? []
  const env: unknown = exec.entry.env ?? []
  if (!Array.isArray(args) || !Array.isArray(env)) {
    throw new KubeconfigError(`${where}: exec.args and exec.env are lists`)
  }
  return {
    // As kubectl does: a path is looked up beside the file, a bare name in PATH.
    command: command.includes('/') ? resolve(folder, command) : command,
    apiVersion,
    args: args.map(String),
    env: Object.fromEntries(
      env.filter(isEntry).map((pair) => [String(pair.name), String(pair.value)] as const),
    ),
    installHint: text(exec, 'installHint', where),
    wantsCluster: exec.entry.provideClusterInfo === true,
  }
}

/** A certificate or key: inline in base64 (`<name>-data`) or in a file. */
function pem(located: Located, name: string, where: string): ClusterEntry['ca'] {
  const inline = text(located, `${name}-data`, where)
  if (inline !== undefined) {
    return { kind: 'inline', pem: Buffer.from(inline, 'base64').toString('utf8') }
  }
  const file = text(located, name, where)
  return file === undefined ? undefined : { kind: 'file', path: resolve(located.folder, file) }
}

function text({ entry }: Located, name: string, where: string): string | undefined {
  const value = entry[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw new KubeconfigError(`${where}: ${name} is not a text`)
  return value
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
