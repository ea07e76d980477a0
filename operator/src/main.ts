import { hostname } from 'node:os'
import { pino } from 'pino'
import { startOperator } from './operator.ts'
import { parseOptions, usage } from './options.ts'
import { loadClusterAccess } from './runtime/kubeconfig.ts'
import { createTransport } from './runtime/transport.ts'

// The operator as a program: options in, signals in, one operator. Wires only.

const parsed = parseOptions(process.argv.slice(2), process.env)
if (parsed.kind === 'help') {
  process.stdout.write(usage)
  process.exit(0)
}
if (parsed.kind === 'wrong') {
  process.stderr.write(`${parsed.message}\n\n${usage}`)
  process.exit(2)
}
const { options } = parsed

const log = pino({ level: options.logLevel, base: { process: 'operator' } })
const leaseMilliseconds = options.leaseDurationSeconds * 1000

async function start() {
  const { kubeconfig, healthHost, namespaces } = options
  const access = loadClusterAccess({
    userAgent: 'latchkey-operator/0.1.0',
    ...(kubeconfig === undefined ? {} : { path: kubeconfig }),
  })
  return startOperator({
    transport: createTransport(access),
    namespace: options.namespace,
    identity: `${hostname()}_${process.pid}_${Date.now().toString(36)}`,
    health: { port: options.healthPort, ...(healthHost === undefined ? {} : { host: healthHost }) },
    listIntervalMilliseconds: options.listIntervalSeconds * 1000,
    lease: {
      leaseDurationMilliseconds: leaseMilliseconds,
      renewDeadlineMilliseconds: (leaseMilliseconds * 2) / 3,
      retryPeriodMilliseconds: leaseMilliseconds / 7.5,
    },
    ...(namespaces === undefined ? {} : { namespaces }),
    log,
  })
}

const operator = await start().catch((error: Error) => {
  log.fatal({ reason: error.message }, 'Cannot start')
  process.exit(1)
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
