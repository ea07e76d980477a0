import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import { administratorFile } from './accounts/administrator.ts'
import { firstStart } from './accounts/first-start.ts'
import { forgetOldLogins } from './auth/forget.ts'
import { issuerKeys } from './auth/issuer-keys.ts'
import { passwordTurns } from './auth/password-turns.ts'
import { type KeyServiceConfig, type KeyServiceConfigInput, parseConfig } from './config.ts'
import { followedStore } from './events/followed-store.ts'
import { refuseMalformed } from './http/malformed-request.ts'
import { metrics } from './http/metrics.ts'
import { httpServer } from './http/server.ts'
import { forgetOldAttempts } from './keys/forget-attempts.ts'
import { readPeppers, requirePeppers } from './keys/peppers.ts'
import { gatherRenewals } from './keys/renew-hashes.ts'
import { sweepOverdue } from './keys/sweep.ts'
import { tokenHashes } from './keys/token-hash.ts'
import { gatherUses } from './keys/uses.ts'
import { type Budget, ownBudget, sharedBudget } from './limits/budget.ts'
import { forgetOldWindows } from './limits/forget.ts'
import { limiter } from './limits/limiter.ts'
import { hasLimits } from './limits/rate.ts'
import { openStore } from './open-store.ts'
import { fileMarker } from './restore/marker.ts'
import { noticeRestore } from './restore/notice.ts'
import { rulesOf } from './rules-of.ts'
import type { Clock, Service } from './service.ts'
import { listenError } from './start-errors.ts'
import { beginLife } from './store/life.ts'
import type { Store } from './store/port.ts'
import { takeFolder } from './store/sqlite/sole-service.ts'

/** What a test may put in the place of the real thing. */
export interface KeyServicePorts {
  readonly clock?: Clock
  readonly randomBytes?: (count: number) => Uint8Array
  /** Where peppers may lie. Default: that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Where log lines go. Default: the standard output. */
  readonly log?: Logger
}

/** A key service that answers. */
export interface RunningKeyService {
  /** Where it listens, without a slash at the end. */
  readonly url: string
  /** The administrator's credential, readable by its owner alone. */
  readonly adminCredentialFile: string
  /** Stops taking requests, answers those it has, writes what has gathered, lets go of the store. Safe to repeat. */
  stop(): Promise<void>
}

/** Starts a key service in this process. Throws `Invalid` with every problem of the configuration at once. */
export async function startKeyService(
  input: KeyServiceConfigInput = {},
  ports: KeyServicePorts = {},
): Promise<RunningKeyService> {
  const config = parseConfig(input)
  const log = ports.log ?? pino({ level: config.logLevel })
  await mkdir(config.dataFolder, { recursive: true, mode: 0o700 })
  const peppers = await readPeppers(config, ports.environment ?? process.env)
  using startup = new DisposableStack()
  if (config.databaseUrl === undefined) startup.use(await takeFolder(config.dataFolder))
  const { store, feed } = followedStore(await openStore(config), config.events.pollSeconds * 1000)
  const rules = rulesOf(config)
  const hashes = tokenHashes(peppers, config.usePepper)
  const outside = {
    store,
    clock: ports.clock ?? Date.now,
    randomBytes: ports.randomBytes ?? randomBytes,
  }
  const service: Service = {
    ...outside,
    feed,
    passwordTurns: passwordTurns(config.passwords),
    marker: fileMarker(join(config.dataFolder, 'store-marker.json')),
    rules,
    ...(hasLimits(rules) ? { limiter: limiter(budgetOf(store)) } : {}),
    trustedIssuers: config.trustedIssuers.map((each) => ({ ...each, keys: issuerKeys(each) })),
    warn: (error, text) => log.warn({ err: error }, text),
    hashes,
    renewals: gatherRenewals(store, hashes),
    uses: gatherUses(outside),
    inFlight: new Set(),
  }
  const adminCredentialFile = administratorFile(config)
  const server = httpServer({
    service,
    log,
    metrics: metrics(),
    bodyLimitBytes: config.bodyLimitBytes,
  })
  server.on('clientError', refuseMalformed(rules))
  try {
    await requirePeppers(store, peppers, config.givenUpPeppers)
    await beginLife(store, service.randomBytes)
    await firstStart(service, adminCredentialFile)
    const noticed = await noticeRestore(service, 'AtStart')
    if (!noticed)
      log.warn(
        'The store was restored from a backup and verifies nothing until POST /store/reapply or POST /store/accept-loss decides',
      )
    // One process alone writes to a file: of one before, that was killed, there is nothing to wait for.
    if (store.engine === 'sqlite') await store.write((tables) => tables.usage.forgetAll())
    await service.uses.flush()
    await listen(server, config)
  } catch (error) {
    await store.close()
    throw error
  }
  const timers = [
    every(config.usesFlushSeconds, log, () => service.uses.flush()),
    every(config.usesFlushSeconds, log, () => service.renewals.flush()),
    every(config.usesFlushSeconds, log, () => noticeRestore(service)),
    every(config.sweepSeconds, log, () => sweepOverdue(service)),
    every(config.sweepSeconds, log, () => forgetOldLogins(service)),
    every(config.sweepSeconds, log, () => forgetOldWindows(service)),
    every(config.sweepSeconds, log, () => forgetOldAttempts(service)),
  ]
  const { port } = server.address() as AddressInfo
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
  log.info({ url, engine: store.engine }, 'Key service started')

  const held = startup.move()
  let stopped: Promise<void> | undefined
  const stop = async () => {
    for (const timer of timers) clearInterval(timer)
    feed.close()
    await drain(server, config.drainSeconds)
    await service.uses.close()
    await service.renewals.flush()
    await noticeRestore(service)
    await store.close()
    held.dispose()
    log.info({ url }, 'Key service stopped')
  }
  return {
    url,
    adminCredentialFile,
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}

/** Several processes never share one SQLite file. */
function budgetOf(store: Store): Budget {
  return store.engine === 'postgres' ? sharedBudget(store) : ownBudget()
}

function listen(server: Server, { host, port }: KeyServiceConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (cause: Error) => reject(listenError(host, port, cause))
    server.once('error', refused)
    server.listen(port, host, () => {
      server.off('error', refused)
      resolve()
    })
  })
}

/**
 * Lets requests that are being answered end; what takes too long is cut. A client that keeps its connection is told with
 * its next answer to go elsewhere: else it would go on until the cut, and lose the request that is under way then.
 */
async function drain(server: Server, seconds: number): Promise<void> {
  server.prependListener('request', (_request, response: ServerResponse) => {
    response.shouldKeepAlive = false
  })
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), seconds * 1000)
  await closed
  clearTimeout(cut)
}

function every(seconds: number, log: Logger, work: () => Promise<unknown>): NodeJS.Timeout {
  const timer = setInterval(() => {
    work().catch((error: unknown) => log.error({ err: error }, 'Background work failed'))
  }, seconds * 1000)
  timer.unref()
  return timer
}
