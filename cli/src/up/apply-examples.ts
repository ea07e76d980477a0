import { namespaces as namespaceResource } from '@latchkey/operator'
import {
  type ApiKeyObject,
  fullName,
  isReady,
  isSettled,
  readyCondition,
} from '../cluster/api-key.ts'
import { apply, find } from '../cluster/apply.ts'
import type { Cluster } from '../cluster/connect.ts'
import { until } from '../cluster/until.ts'
import { untilInjectionActs } from '../install/install.ts'
import type { Session } from '../session.ts'
import type { StepReport } from '../show/steps.ts'
import type { Examples } from './examples.ts'
import type { LocalKeyService } from './key-service.ts'
import { keyServiceClient } from './key-service-client.ts'
import { ensureOperatorCredential } from './operator-credential.ts'

/** How long ApiKeys may take before the table is shown with what they wait for. */
const readySeconds = 60
const injectionSeconds = 15

/**
 * Gives the operator its credential, applies the examples, and gives the ApiKeys as they stand when each is ready or waits
 * for a person.
 */
export async function applyExamples(
  session: Session,
  { client }: Cluster,
  service: LocalKeyService,
  examples: Examples,
): Promise<readonly ApiKeyObject[]> {
  const { signal } = session.interruption
  return session.steps('Applying the examples', async (report) => {
    const { namespace, credential, scopes } = examples
    await apply(client, examples.namespaces, signal)
    const { metadata } = await client.get(namespaceResource, { name: 'kube-system' })
    await ensureOperatorCredential(client, keyServiceClient(service), {
      namespace,
      secret: credential,
      scopes,
      cluster: metadata.uid ?? '',
      signal,
    })
    await apply(client, [...examples.services, ...examples.apiKeys], signal)
    const patience = { signal, seconds: readySeconds }
    const read = async () => {
      const found = await Promise.all(
        examples.apiKeys.map((apiKey) => find<ApiKeyObject>(client, apiKey)),
      )
      return found.filter((apiKey) => apiKey !== undefined)
    }
    const since = new Date()
    const all = await until(patience, async () => {
      const apiKeys = await read()
      report.say(standing(apiKeys, examples.apiKeys.length))
      const at = { since, now: new Date() }
      const settled = apiKeys.every((apiKey) => isSettled(apiKey, at))
      return apiKeys.length > 0 && settled ? apiKeys : undefined
    })
    if (examples.workloads.length > 0) await applyWorkloads(session, { client }, examples, report)
    const apiKeys = all ?? (await read())
    const ready = apiKeys.filter(isReady).length
    report.done(`Examples applied: ${ready} of ${apiKeys.length} ApiKeys are ready`)
    return apiKeys
  })
}

async function applyWorkloads(
  { interruption }: Session,
  { client }: Pick<Cluster, 'client'>,
  { namespace, workloads }: Examples,
  report: StepReport,
): Promise<void> {
  report.say('waiting until the injection acts')
  const patience = { signal: interruption.signal, seconds: injectionSeconds }
  await untilInjectionActs(client, namespace, patience)
  await apply(client, workloads, interruption.signal)
}

/** How many are ready, and what the first of the others waits for. */
function standing(apiKeys: readonly ApiKeyObject[], total: number): string {
  const waiting = apiKeys.find((apiKey) => !isReady(apiKey))
  const count = `${apiKeys.filter(isReady).length} of ${total} ready`
  if (waiting === undefined) return count
  const why = readyCondition(waiting)?.message
  return why ? `${count}; ${fullName(waiting)}: ${why}` : count
}
