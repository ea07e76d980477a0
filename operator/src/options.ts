import { parseArgs } from 'node:util'

/** What a person may ask of the operator's program. */
export interface ProgramOptions {
  readonly kubeconfig: string | undefined
  readonly namespace: string
  readonly namespaces: readonly string[] | undefined
  readonly healthHost: string | undefined
  readonly healthPort: number
  readonly listIntervalSeconds: number
  readonly leaseDurationSeconds: number
  readonly logLevel: string
}

/** The command line as options, a wish for help, or what is wrong with it. */
export type ParsedOptions =
  | { readonly kind: 'options'; readonly options: ProgramOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string }

/** Every option with its default, as `--help` shows them. */
export const usage = `latchkey operator: keeps ApiKeys in step with their key services

  --kubeconfig FILE         default: KUBECONFIG, else the pod's ServiceAccount, else ~/.kube/config
  --namespace NAME          the operator's own namespace (default: POD_NAMESPACE, else latchkey-system)
  --namespaces A,B          watch these alone, with Roles alone
  --health-host HOST        where to serve /healthz, /readyz and /metrics (default: every interface)
  --health-port PORT        default 8081, 0 for any
  --list-interval SECONDS   how often a key service without a change feed is listed (default 300)
  --lease-duration SECONDS  others take over after this long without a sign of life (default 15)
  --log-level LEVEL         debug, info, warn or error (default info)
`

const levels = ['debug', 'info', 'warn', 'error']

/** Reads the command line. Pure: the environment comes in, nothing is printed. */
export function parseOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ParsedOptions {
  let values: ReturnType<typeof read>
  try {
    values = read(args)
  } catch (error) {
    return { kind: 'wrong', message: (error as Error).message }
  }
  if (values.help) return { kind: 'help' }
  const healthPort = Number(values['health-port'])
  const listIntervalSeconds = Number(values['list-interval'])
  const leaseDurationSeconds = Number(values['lease-duration'])
  const logLevel = values['log-level']
  const namespaces = values.namespaces?.split(',').map((name) => name.trim())
  const wrong = [
    Number.isInteger(healthPort) && healthPort >= 0 && healthPort < 65_536
      ? undefined
      : '--health-port must be a port from 0 to 65535',
    listIntervalSeconds >= 1 ? undefined : '--list-interval must be a number of seconds, 1 or more',
    leaseDurationSeconds >= 1
      ? undefined
      : '--lease-duration must be a number of seconds, 1 or more',
    levels.includes(logLevel) ? undefined : `--log-level must be one of ${levels.join(', ')}`,
    namespaces?.includes('') ? '--namespaces must be names with commas between them' : undefined,
  ].filter((message) => message !== undefined)
  if (wrong.length > 0) return { kind: 'wrong', message: wrong.join('\n') }
  return {
    kind: 'options',
    options: {
      kubeconfig: values.kubeconfig,
      namespace: values.namespace ?? env.POD_NAMESPACE ?? 'latchkey-system',
      namespaces,
      healthHost: values['health-host'],
      healthPort,
      listIntervalSeconds,
      leaseDurationSeconds,
      logLevel,
    },
  }
}

function read(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      kubeconfig: { type: 'string' },
      namespace: { type: 'string' },
      namespaces: { type: 'string' },
      'health-host': { type: 'string' },
      'health-port': { type: 'string', default: '8081' },
      'list-interval': { type: 'string', default: '300' },
      'lease-duration': { type: 'string', default: '15' },
      'log-level': { type: 'string', default: 'info' },
      help: { type: 'boolean', default: false },
    },
  }).values
}
