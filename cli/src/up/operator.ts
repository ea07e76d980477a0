// The operator as a child of ours, started again when it ends by itself.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../cluster/connect.ts'
import { operatorIdentity } from '../install/installation.ts'
import { choosePort } from '../processes/choose-port.ts'
import { type Program, startProgram } from '../processes/start-program.ts'
import { endedTooSoon, untilAnswering } from '../processes/until-answering.ts'
import { repository } from '../repository.ts'
import type { Session } from '../session.ts'
import { operatorAccess } from './operator-access.ts'

/** The operator while the session lasts. */
export interface LocalOperator extends AsyncDisposable {
  /** Ends it for good. Safe to repeat. */
  readonly stop: () => Promise<void>
}

const firstPauseMilliseconds = 1_000
const longestPauseMilliseconds = 60_000
/** Who ran this long was well: the next end starts with the first pause again. */
const wellMilliseconds = 60_000

/** Starts the operator as its own ServiceAccount and resolves when its caches are complete. */
export async function localOperator(
  session: Session,
  cluster: Cluster,
  namespaces: readonly string[] | undefined,
): Promise<LocalOperator> {
  const { folder, steps, running, interruption } = session
  return steps('Starting the operator', async (report) => {
    const access = running.use(await operatorAccess(cluster, folder.operator))
    const port = await choosePort()
    const start = () =>
      startProgram({
        name: 'the operator',
        main: join(repository, 'operator/src/main.ts'),
        args: [
          ...['--kubeconfig', access.kubeconfigPath],
          ...['--namespace', operatorIdentity.namespace],
          ...['--health-host', '127.0.0.1', '--health-port', String(port)],
          ...(namespaces === undefined ? [] : ['--namespaces', namespaces.join(',')]),
        ],
        env: { LATCHKEY_TOKEN: undefined },
        logPath: join(folder.logs, 'operator.log'),
      })
    const first = await start()
    const operator = running.use(keepRunning(first, start, session))
    await untilAnswering(first, `http://127.0.0.1:${port}/readyz`, interruption.signal)
    const { namespace, serviceAccount } = operatorIdentity
    report.done(`Operator runs as ${namespace}/${serviceAccount}`)
    return operator
  })
}

function keepRunning(
  first: Program,
  start: () => Promise<Program>,
  { print, interruption }: Session,
): LocalOperator {
  const stopping = new AbortController()
  let current = first
  const watch = async () => {
    for (let pause = firstPauseMilliseconds; ; ) {
      const startedAt = performance.now()
      const how = await current.exited
      if (stopping.signal.aborted || interruption.signal.aborted) return
      if (performance.now() - startedAt > wellMilliseconds) pause = firstPauseMilliseconds
      const { message } = await endedTooSoon(current, how)
      print(`${message}\nIt is started again in ${pause / 1000} s.`)
      await sleep(pause, undefined, { signal: stopping.signal })
      current = await start()
      pause = Math.min(longestPauseMilliseconds, 2 * pause)
    }
  }
  const watching = watch().catch((error: unknown) => {
    if (!stopping.signal.aborted) interruption.fail(error as Error)
  })
  const stop = async () => {
    stopping.abort()
    await current.stop()
    await watching
    // A start that was under way when we were asked to stop.
    await current.stop()
  }
  return { stop, [Symbol.asyncDispose]: stop }
}
