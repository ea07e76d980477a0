// Credential plug-ins (`users[].user.exec`): a program that prints short-lived credentials.

import { execFile } from 'node:child_process'
import type { Clock } from './clock.ts'
import type { CredentialSource, IssuedCredential } from './credentials.ts'
import { KubeconfigError } from './kubeconfig-error.ts'

/** What a kubeconfig says about the program. */
export type ExecEntry = {
  readonly command: string
  readonly apiVersion: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly installHint: string | undefined
  /** Whether the program wants to know for which cluster it is asked. */
  readonly wantsCluster: boolean
}

/** The cluster as a program is told about it (`ExecCredential.spec.cluster`). */
export type ExecCluster = {
  readonly server: string
  readonly 'tls-server-name'?: string
  readonly 'insecure-skip-tls-verify'?: boolean
  readonly 'certificate-authority-data'?: string
}

/** Runs the program and returns what it printed. */
export type RunProgram = (exec: ExecEntry, env: Readonly<Record<string, string>>) => Promise<string>

/** A credential is replaced this long before its end: clocks differ, and a request takes its time. */
const EXPIRY_SKEW_MILLISECONDS = 60_000
/** Refusals within this time of a run are not the program's fault: RBAC of a proxy, a server that starts. */
const RERUN_PAUSE_MILLISECONDS = 10_000

/**
 * Credentials from a plug-in: run when first needed, a minute before they expire, and after a refusal; never twice at the
 * same time. While a renewal fails and the last credential still lives, that one is used.
 *
 * The promise of `current` rejects with a KubeconfigError that carries the end of the program's standard error and
 * never its output.
 */
export function createExecSource(options: {
  readonly exec: ExecEntry
  readonly where: string
  readonly cluster: () => Promise<ExecCluster>
  readonly clock: Clock
  readonly run?: RunProgram
}): CredentialSource {
  const { exec, clock } = options
  const run = options.run ?? runProgram
  let credential: (IssuedCredential & { readonly expiresAt: number }) | undefined
  let renewAt = 0
  let running: Promise<IssuedCredential> | undefined
  let ranAt = Number.NEGATIVE_INFINITY

  const issue = async (): Promise<IssuedCredential> => {
    ranAt = clock.monotonic()
    try {
      const cluster = exec.wantsCluster ? { cluster: await options.cluster() } : {}
      const spec = { interactive: false, ...cluster }
      const info = { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec }
      const output = await run(exec, { KUBERNETES_EXEC_INFO: JSON.stringify(info) })
      credential = parseCredential(output)
      const life = credential.expiresAt - clock.now()
      renewAt = credential.expiresAt - Math.min(EXPIRY_SKEW_MILLISECONDS, life / 2)
    } catch (error) {
      if (credential === undefined || credential.expiresAt <= clock.now()) {
        throw describe(error, options)
      }
      renewAt = clock.now() + RERUN_PAUSE_MILLISECONDS
    }
    return credential
  }

  return {
    current: () => {
      if (credential !== undefined && clock.now() < renewAt) return credential
      running ??= issue().finally(() => {
        running = undefined
      })
      return running
    },
    renew: () => {
      if (running !== undefined) return true
      if (clock.monotonic() - ranAt < RERUN_PAUSE_MILLISECONDS) return false
      credential = undefined
      return true
    },
  }
}

/** Reads an ExecCredential; one without an end lives until it is refused. */
function parseCredential(output: string): IssuedCredential & { readonly expiresAt: number } {
  let status: unknown
  try {
    status = (JSON.parse(output) as { readonly status?: unknown } | null)?.status
  } catch {
    throw new KubeconfigError('its output is not JSON')
  }
  const fields = (typeof status === 'object' && status !== null ? status : {}) as Record<
    string,
    unknown
  >
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : undefined)
  const expiration = Date.parse(text('expirationTimestamp') ?? '')
  const issued = {
    token: text('token'),
    cert: text('clientCertificateData'),
    key: text('clientKeyData'),
    expiresAt: Number.isNaN(expiration) ? Number.MAX_SAFE_INTEGER : expiration,
  }
  if (issued.token === undefined && issued.cert === undefined) {
    throw new KubeconfigError('it printed neither a token nor a certificate')
  }
  return issued
}

function describe(
  error: unknown,
  { exec, where }: { readonly exec: ExecEntry; readonly where: string },
): KubeconfigError {
  const reason = error instanceof Error ? error.message : String(error)
  const hint = exec.installHint === undefined ? '' : `; ${exec.installHint}`
  return new KubeconfigError(
    `${where}: the credential plug-in ${exec.command} failed: ${reason}${hint}`,
  )
}

const runProgram: RunProgram = (exec, env) =>
  new Promise((resolve, reject) => {
    const options = {
      env: { ...process.env, ...exec.env, ...env },
      timeout: 60_000,
      maxBuffer: 1 << 20,
    }
    execFile(exec.command, [...exec.args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      // Node's own message repeats the arguments, which may be secret.
      else
        reject(
          new KubeconfigError(`${error.code ?? error.signal ?? ''} ${stderr.trim().slice(-300)}`),
        )
    })
  })
