import {
  injectAnnotation,
  type KubeClient,
  type KubeObject,
  type Manifest,
} from '@latchkey/operator'
import { apply, find } from '../cluster/apply.ts'
import { resourceOf } from '../cluster/kinds.ts'
import { type Patience, until } from '../cluster/until.ts'
import type { Installation } from './installation.ts'

/** Writes all objects and waits until the CRDs are served. Safe to repeat: it continues what was cut off. */
export async function install(
  client: KubeClient,
  { definitions, rights, policies }: Installation,
  patience: Patience,
): Promise<void> {
  await apply(client, definitions, patience.signal)
  for (const definition of definitions) await untilEstablished(client, definition, patience)
  await apply(client, [...rights, ...policies], patience.signal)
}

/**
 * Waits until the injection policy acts, which the API server gives no sign of: pods created before would miss it. It is
 * asked with a pod that is never made. False when it does not act in time, or where pods are refused for other reasons.
 */
export async function untilInjectionActs(
  client: KubeClient,
  namespace: string,
  patience: Patience,
): Promise<boolean> {
  const pod: KubeObject & { readonly spec: object } = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'latchkey-probe', namespace, annotations: { [injectAnnotation]: 'probe' } },
    spec: { containers: [{ name: 'probe', image: 'probe' }] },
  }
  const acts = await until(patience, async () => {
    const answer = await client
      .create(resourceOf(pod), pod, { dryRun: true })
      .catch(() => undefined)
    return JSON.stringify(answer)?.includes('PROBE_TOKEN') || undefined
  })
  return acts ?? false
}

type Definition = KubeObject & {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

/** Waits until the API server serves the kind of a CRD. Throws when patience ends first. */
export async function untilEstablished(
  client: KubeClient,
  definition: Manifest,
  patience: Patience,
): Promise<void> {
  const established = await until(patience, async () => {
    const found = await find<Definition>(client, definition)
    const conditions = found?.status?.conditions ?? []
    return (
      conditions.some(({ type, status }) => type === 'Established' && status === 'True') ||
      undefined
    )
  })
  if (!established) {
    throw new Error(
      `The cluster does not serve ${definition.metadata.name} after ${patience.seconds} s: look at its conditions`,
    )
  }
}
