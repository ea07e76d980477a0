import { setTimeout as sleep } from 'node:timers/promises'
import { apiKeys as apiKeyResource, type KubeClient } from '@latchkey/operator'
import { type ApiKeyObject, fullName, readyCondition } from '../cluster/api-key.ts'
import { ignoreNotFound } from '../cluster/apply.ts'
import { listAll } from '../cluster/list-all.ts'
import type { StepReport } from '../show/steps.ts'

/** When no key has gone for this long, the rest is not going to. */
const stuckMilliseconds = 30_000
const pollMilliseconds = 250

/**
 * Deletes every ApiKey and waits until the operator has revoked their keys and let them go. Throws a sentence that names
 * those that cannot be revoked, why, and how to let them go all the same. Safe to repeat.
 */
export async function revokeAll(
  client: KubeClient,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  const list = () => listAll<ApiKeyObject>(client, apiKeyResource)
  let left = await list()
  const total = left.length
  for (const { metadata } of left) {
    signal.throwIfAborted()
    const { namespace, name = '' } = metadata
    await client.delete(apiKeyResource, { namespace, name }).catch(ignoreNotFound)
  }
  let progressAt = performance.now()
  while (left.length > 0) {
    await sleep(pollMilliseconds, undefined, { signal })
    const now = await list()
    if (now.length < left.length) progressAt = performance.now()
    left = now
    report.progress({ done: total - left.length, total, text: `${left.length} to revoke` })
    if (performance.now() - progressAt > stuckMilliseconds) throw new Error(stuck(left))
  }
  report.done(`${counted(total)} revoked`)
}

const shown = 10

function counted(count: number): string {
  return `${count} ${count === 1 ? 'ApiKey' : 'ApiKeys'}`
}

function stuck(left: readonly ApiKeyObject[]): string {
  const lines = left.slice(0, shown).map((apiKey) => {
    return `  ${fullName(apiKey)}: ${readyCondition(apiKey)?.message ?? 'the operator says nothing'}`
  })
  const more = left.length > shown ? [`  and ${left.length - shown} more`] : []
  return [
    `${counted(left.length)} could not be revoked; the rest of Latchkey is left in place for that:`,
    ...lines,
    ...more,
    'Put right what is told there and uninstall again. To let one go whatever it leaves behind at the key service, run',
    '  kubectl -n NAMESPACE annotate apikey NAME latchkey.dev/force-delete=true',
    'while Latchkey runs (npm start).',
  ].join('\n')
}
