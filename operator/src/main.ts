import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { startOperator } from './operator.ts'
import { loadClusterAccess } from './runtime/kubeconfig.ts'
import { createTransport } from './runtime/transport.ts'

// The operator as a program: options in, signals in, one operator. Wires only.

const usage = `latchkey operator: keeps ApiKeys in step with their key services

  --kubeconfig FILE        default: KUBECONFIG, else the pod's ServiceAccount, else ~/.kube/config
  --namespace NAME         the operator's own namespace (default: POD_NAMESPACE, else latchkey-system)
  --namespaces A,B         watch these alone, with Roles alone
  --health-port PORT       serve /healthz, /readyz and /metrics (default 8081, 0 for any)
  --list-interval SECONDS  how often all keys are listed and compared (default 300)
  --log-level LEVEL        debug, info, warn or error (default info)`

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    namespace: { type: 'string', default: process.env.POD_NAMESPACE ?? 'latchkey-system' },
    namespaces: { type: 'string' },
    'health-port': { type: 'string', default: '8081' },
    'list-interval': { type: 'string', default: '300' },
    'lease-duration': { type: 'string', default: '15' },
    'log-level': { type: 'string', default: 'info' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}

const log = pino({ level: values['log-level'], base: { process: 'operator' } })
const access = loadClusterAccess({
  userAgent: 'latchkey-operator/0.1.0',
  ...(values.kubeconfig === undefined ? {} : { path: values.kubeconfig }),
})
const lease = Number(values['lease-duration']) * 1000
const operator = await startOperator({
  transport: createTransport(access),
  namespace: values.namespace,
  identity: `${hostname()}_${process.pid}_${Date.now().toString(36)}`,
  health: { port: Number(values['health-port']) },
  listIntervalMilliseconds: Number(values['list-interval']) * 1000,
  lease: {
    leaseDurationMilliseconds: lease,
    renewDeadlineMilliseconds: (lease * 2) / 3,
    retryPeriodMilliseconds: lease / 7.5,
  },
  ...(values.namespaces === undefined ? {} : { namespaces: values.namespaces.split(',') }),
  log,
})
log.info({ port: operator.healthPort }, 'Operator started')

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'Stopping')
    void operator.stop().then(() => process.exit(0))
  })
}
