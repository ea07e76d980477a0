import { parseArgs } from 'node:util'

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'up'; readonly options: UpOptions }
  | { readonly kind: 'uninstall'; readonly options: UninstallOptions }
  | { readonly kind: 'help' }
  /** With a sentence that says what to change. */
  | { readonly kind: 'invalid'; readonly message: string }

/** Which cluster, and whose consent. */
interface ClusterOptions {
  /** Of a cluster that exists; without one it is the local control plane. */
  readonly kubeconfig?: string
  /** The operator serves these alone, with Roles alone. */
  readonly namespaces?: readonly string[]
  /** Every question is answered with yes. */
  readonly yes: boolean
}

export interface UpOptions extends ClusterOptions {
  /** Forgets the data of earlier runs first. */
  readonly fresh: boolean
}

export interface UninstallOptions extends ClusterOptions {
  /** Keys and Secrets stay as they are, and nothing looks after them any more. */
  readonly keep: boolean
}

export const usage = `Usage: npm start [-- OPTIONS]          (or: node cli/src/main.ts up [OPTIONS])

Runs Latchkey on this machine until Ctrl-C. All data lies in .latchkey/ of the present folder.

  --kubeconfig FILE   use the cluster of this file instead of a control plane of our own
  --namespaces A,B    let the operator serve these namespaces alone, with Roles alone
  --fresh             forget the data of earlier runs first
  --uninstall         revoke every key and take everything of Latchkey out of the cluster
  --keep              with --uninstall: leave keys and Secrets working
  --yes               answer every question with yes
  --help              show this`

/** Reads the command line. An option that nobody knows, or that has no meaning here, is a sentence and never ignored. */
export function parseCommand(args: readonly string[]): Command {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help') return { kind: 'help' }
  if (name !== 'up') return invalid(`There is no command ${JSON.stringify(name)}`)
  try {
    return commandOf(parseArgs({ args: rest, options: known }).values)
  } catch (error) {
    // The parser's own sentence names the option; its advice about "--" does not concern us.
    const message = error instanceof Error ? error.message : String(error)
    return invalid(message.split('. To specify')[0] ?? message)
  }
}

const known = {
  kubeconfig: { type: 'string' },
  namespaces: { type: 'string' },
  fresh: { type: 'boolean', default: false },
  uninstall: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

interface Values {
  readonly kubeconfig?: string | undefined
  readonly namespaces?: string | undefined
  readonly fresh: boolean
  readonly uninstall: boolean
  readonly keep: boolean
  readonly yes: boolean
  readonly help: boolean
}

const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

function commandOf({ kubeconfig, fresh, uninstall, keep, yes, help, ...values }: Values): Command {
  if (help) return { kind: 'help' }
  if (kubeconfig === '') return invalid('--kubeconfig needs the name of a file')
  const namespaces = values.namespaces?.split(',').map((name) => name.trim())
  const wrong = namespaces?.find((name) => !namespaceName.test(name))
  if (wrong !== undefined) {
    return invalid(
      `--namespaces needs names such as shop,billing: ${JSON.stringify(wrong)} is none`,
    )
  }
  if (keep && !uninstall) return invalid('--keep says how to uninstall: add --uninstall')
  if (fresh && uninstall) {
    return invalid('--fresh would forget the keys that --uninstall has to revoke: choose one')
  }
  const cluster: ClusterOptions = {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(namespaces === undefined ? {} : { namespaces }),
    yes,
  }
  return uninstall
    ? { kind: 'uninstall', options: { ...cluster, keep } }
    : { kind: 'up', options: { ...cluster, fresh } }
}

function invalid(message: string): Command {
  return { kind: 'invalid', message }
}
