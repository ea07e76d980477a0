// Turns a kubeconfig's user into headers and certificates that stay fresh: token files and certificates change on disk,
// plug-ins hand out short-lived credentials.

import { readFile } from 'node:fs/promises'
import type { Clock } from './clock.ts'
import type { ClusterAccess, TlsMaterial } from './cluster-access.ts'
import { createExecSource, type ExecCluster, type ExecEntry } from './exec-credential.ts'
import { KubeconfigError } from './kubeconfig-error.ts'
import { createTokenFile } from './token-file.ts'

/** A PEM text, or the file that holds it (read again for every new connection). */
export type PemSource =
  | { readonly kind: 'inline'; readonly pem: string }
  | { readonly kind: 'file'; readonly path: string }

/** The parts of a kubeconfig's cluster that count here. */
export type ClusterEntry = {
  readonly server: string
  readonly insecure: boolean
  readonly servername: string | undefined
  readonly ca: PemSource | undefined
}

/** The parts of a kubeconfig's user that count here. */
export type UserEntry = {
  /** Names the user in errors. */
  readonly where: string
  readonly cert: PemSource | undefined
  readonly key: PemSource | undefined
  readonly token: string | undefined
  readonly tokenFile: string | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  readonly impersonate: string | undefined
  readonly impersonateGroups: readonly string[]
  readonly exec: ExecEntry | undefined
}

/** What a source of tokens knows at a moment. */
export type IssuedCredential = {
  readonly token?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** A source of credentials that change while we run. The same object as long as nothing has changed. */
export type CredentialSource = {
  readonly current: () => IssuedCredential | Promise<IssuedCredential>
  /** Drops the credential after the server refused it; true if another try may bring another one. */
  readonly renew: () => boolean
}

/** Fresh headers and certificates for one user at one cluster. */
export function createCredentials(parts: {
  readonly cluster: ClusterEntry
  readonly user: UserEntry
  readonly clock: Clock
  readonly userAgent: string
}): Pick<ClusterAccess, 'headers' | 'tls' | 'refresh'> {
  const { cluster, user } = parts
  const source = sourceOf(parts)
  const fixed = fixedHeaders(user, parts.userAgent)
  let issued: IssuedCredential | undefined
  let headers: readonly string[] = fixed

  const headersOf = (credential: IssuedCredential): readonly string[] => {
    if (credential !== issued) {
      issued = credential
      headers =
        credential.token === undefined
          ? [...fixed]
          : [...fixed, 'authorization', `Bearer ${credential.token}`]
    }
    return headers
  }

  let material: TlsMaterial = {}
  return {
    headers: () => {
      const credential = source.current()
      return credential instanceof Promise ? credential.then(headersOf) : headersOf(credential)
    },
    refresh: (refused) => (refused === headers ? source.renew() : true),
    tls: async () => {
      const credential = await source.current()
      const next = definedOnly({
        ca: await readPem(cluster.ca, user.where),
        cert: credential.cert ?? (await readPem(user.cert, user.where)),
        key: credential.key ?? (await readPem(user.key, user.where)),
        servername: cluster.servername,
        rejectUnauthorized: cluster.insecure ? false : undefined,
      })
      if (JSON.stringify(next) !== JSON.stringify(material)) material = next
      return material
    },
  }
}

function sourceOf({
  user,
  cluster,
  clock,
}: {
  readonly user: UserEntry
  readonly cluster: ClusterEntry
  readonly clock: Clock
}): CredentialSource {
  if (user.exec !== undefined) {
    const { exec, where } = user
    return createExecSource({ exec, where, clock, cluster: () => describeCluster(cluster, where) })
  }
  if (user.tokenFile !== undefined) return createTokenFile({ path: user.tokenFile, clock })
  const credential = { token: user.token }
  return { current: () => credential, renew: () => false }
}

async function describeCluster(cluster: ClusterEntry, where: string): Promise<ExecCluster> {
  const ca = await readPem(cluster.ca, where)
  return {
    server: cluster.server,
    ...(cluster.insecure ? { 'insecure-skip-tls-verify': true } : {}),
    ...(cluster.servername === undefined ? {} : { 'tls-server-name': cluster.servername }),
    ...(ca === undefined
      ? {}
      : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
  }
}

function fixedHeaders(user: UserEntry, userAgent: string): string[] {
  const headers = ['user-agent', userAgent]
  if (user.username !== undefined) {
    const pair = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')
    headers.push('authorization', `Basic ${pair}`)
  }
  if (user.impersonate !== undefined) headers.push('impersonate-user', user.impersonate)
  for (const group of user.impersonateGroups) headers.push('impersonate-group', group)
  return headers
}

async function readPem(source: PemSource | undefined, where: string): Promise<string | undefined> {
  if (source === undefined) return undefined
  if (source.kind === 'inline') return source.pem
  try {
    return await readFile(source.path, 'utf8')
  } catch {
    throw new KubeconfigError(`${where}: ${source.path} cannot be read`)
  }
}

function definedOnly(
  material: {
    readonly [Name in keyof TlsMaterial]: TlsMaterial[Name] | undefined
  },
): TlsMaterial {
  return Object.fromEntries(Object.entries(material).filter(([, value]) => value !== undefined))
}
