import { isDeepStrictEqual } from 'node:util'
import {
  type ConditionWish,
  type KeyError,
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

/** What there is to tell about a key service. */
export interface ServiceFacts {
  readonly standing: Standing
  readonly identity?: ServiceIdentity
  readonly following?: ConditionWish
}

/**
 * The condition `Following`: whether changes at the service are noticed as they happen, or by reading the complete list
 * of our keys once per interval, and then why.
 */
export function followingWish(
  trouble: KeyError | undefined,
  listIntervalMilliseconds: number,
): ConditionWish {
  const seconds = Math.ceil(listIntervalMilliseconds / 1000)
  return trouble === undefined
    ? {
        type: 'Following',
        status: 'True',
        reason: 'Ready',
        message: 'Changes at the key service are noticed as they happen',
      }
    : {
        type: 'Following',
        status: 'False',
        reason: trouble.reason,
        message: `Changes at the key service are noticed within ${seconds} seconds. ${trouble.message}`,
      }
}

/** Tells in the status how a key service stands; writes nothing when that is what it says already. */
export async function writeServiceStatus(
  { client, clock }: { readonly client: KubeClient; readonly clock: Clock },
  record: ServiceRecord,
  facts: ServiceFacts,
): Promise<void> {
  const { generation } = record
  const wishes = [...conditionsOf(facts.standing), ...(facts.following ? [facts.following] : [])]
  const status: KeyServiceStatus = {
    ...record.status,
    ...(facts.identity && identityFields(facts.identity)),
    observedGeneration: generation,
    conditions: mergeConditions(record.status.conditions ?? [], wishes, {
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
