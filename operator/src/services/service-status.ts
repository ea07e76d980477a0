import { isDeepStrictEqual } from 'node:util'
import {
  type KeyServiceStatus,
  mergeConditions,
  type ServiceIdentity,
  type Standing,
} from '@latchkey/core'
import { clusterKeyServices, keyServices } from '../names.ts'
import { conditionsOf } from '../reconcile/conditions.ts'
import { isNotFound } from '../runtime/api-error.ts'
import type { KubeClient } from '../runtime/client.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ServiceRecord } from './service-record.ts'

/** Tells in the status how a key service stands; writes nothing when that is what it says already. */
export async function writeServiceStatus(
  { client, clock }: { readonly client: KubeClient; readonly clock: Clock },
  record: ServiceRecord,
  facts: { readonly standing: Standing; readonly identity?: ServiceIdentity },
): Promise<void> {
  const { generation } = record
  const status: KeyServiceStatus = {
    ...record.status,
    ...(facts.identity && identityFields(facts.identity)),
    observedGeneration: generation,
    conditions: mergeConditions(record.status.conditions ?? [], conditionsOf(facts.standing), {
      now: new Date(clock.now()),
      generation,
    }),
  }
  if (isDeepStrictEqual(status, record.status)) return
  const { kind, namespace, name } = record
  // Only the leader writes here, and our own finalizer has just moved the version: no condition on it.
  await client
    .mergePatch(
      kind === 'KeyService' ? keyServices : clusterKeyServices,
      { name, ...(namespace === '' ? {} : { namespace }) },
      { status },
      { subresource: 'status', metadataOnly: true },
    )
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
}

function identityFields({
  account,
  plan,
  keysUsed,
  keyLimit,
}: ServiceIdentity): Partial<KeyServiceStatus> {
  return {
    account,
    ...(plan === undefined ? {} : { plan }),
    ...(keysUsed === undefined ? {} : { keysUsed }),
    ...(keyLimit === undefined ? {} : { keyLimit }),
  }
}
