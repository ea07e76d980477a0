// The law of keys shown once, asked of a real cluster and a real service at quiescence.

import { type ApiKeyStatus, isLive } from '@latchkey/core'
import { expect } from 'vitest'
import { apiKeysIn, type DeclaredApiKey, type OpenSecret, openSecret } from './api-keys.ts'
import { inTurns } from './in-turns.ts'
import type { World } from './world.ts'

/**
 * Expects of one namespace: the live keys with our mark are exactly those that the ApiKeys record as current or previous
 * (and those retained on purpose), every token of ours in a Secret works and belongs to the key that the Secret names, and
 * every status obeys the kstatus laws. Throws with what differs; answers with what it counted.
 */
export async function expectLaw(
  world: World,
  namespace: string,
  retained: readonly string[] = [],
): Promise<{ readonly live: number; readonly secrets: number }> {
  const apiKeys = await apiKeysIn(world, namespace).list()
  for (const apiKey of apiKeys) expectStatusLaws(apiKey)
  const recorded = [...apiKeys.flatMap(({ status }) => recordedKeys(status)), ...retained]
  const marked = await world.service.marked(namespace)
  const live = marked.filter(isLive).map(({ id }) => id)
  expect(live.toSorted(), 'live keys are the recorded ones').toEqual(recorded.toSorted())
  const secrets = await ownSecrets(world, namespace)
  const known = new Set(secrets.map(({ keyId }) => keyId))
  const undelivered = apiKeys.flatMap(({ status }) =>
    status?.current === undefined || known.has(status.current.keyId) ? [] : [status.current.keyId],
  )
  expect(undelivered, 'every current key is in a Secret').toEqual([])
  const states = new Map(marked.map(({ id, state }) => [id, state]))
  await inTurns(secrets, async ({ name, keyId, token }) => {
    const verdict = await world.service.verify(token)
    expect(verdict, `the token in Secret ${name}`).toMatchObject({ valid: true, keyId })
    expect(states.get(keyId), `key ${keyId} of Secret ${name}`).toBe('active')
  })
  return { live: live.length, secrets: secrets.length }
}

/** `Ready` is always told; exactly one of `Reconciling` and `Stalled` while it is false, neither while it is true. */
export function expectStatusLaws({ metadata, status }: DeclaredApiKey): void {
  const conditions = status?.conditions ?? []
  const about = `${metadata.name}: ${JSON.stringify(conditions)}`
  const ready = conditions.find(({ type }) => type === 'Ready')
  const others = conditions.filter(({ type }) => type === 'Reconciling' || type === 'Stalled')
  expect(status?.observedGeneration, about).toBe(metadata.generation)
  expect(ready, about).toBeDefined()
  expect(ready?.message, about).not.toBe('')
  expect(
    others.map(({ status }) => status),
    about,
  ).toEqual(ready?.status === 'True' ? [] : ['True'])
}

function recordedKeys(status: ApiKeyStatus | undefined): readonly string[] {
  const { current, previous = [] } = status ?? {}
  return [...(current === undefined ? [] : [current.keyId]), ...previous.map(({ keyId }) => keyId)]
}

interface OwnSecret {
  readonly name: string
  readonly keyId: string
  readonly token: string
}

/** The Secrets of one namespace that carry our label; those with templates of their own need an entry `token`. */
async function ownSecrets(world: World, namespace: string): Promise<readonly OwnSecret[]> {
  const label = encodeURIComponent('app.kubernetes.io/managed-by=latchkey')
  const path = `/api/v1/namespaces/${namespace}/secrets?labelSelector=${label}`
  const { object, status } = await world.cluster.request('GET', path)
  if (object === undefined) throw new Error(`Listing Secrets: ${status}`)
  return (object.items as readonly object[]).map(openSecret).map(toOwnSecret)
}

function toOwnSecret({ name, annotations, data }: OpenSecret): OwnSecret {
  return {
    name,
    keyId: annotations['latchkey.dev/key-id'] ?? '',
    token: data.token ?? data.password ?? '',
  }
}
