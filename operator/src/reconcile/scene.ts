import type { ApiKeyStatus, DesiredKey, KeyRecord, Observed, OwnKey } from '@latchkey/core'
import type { KubeClient } from '../runtime/client.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Informer } from '../runtime/informer.ts'
import type { Log } from '../runtime/log.ts'
import type { ServiceState, Services } from '../services/services.ts'
import type { ApiKeyRecord } from './api-key-record.ts'
import type { Digester } from './digest.ts'
import type { Repeats } from './repeats.ts'
import type { Rest } from './rest.ts'
import type { SecretIndex } from './secret-index.ts'
import type { SecretRecord } from './secret-record.ts'

/** What a reconcile works with; the same for every ApiKey. */
export interface World {
  readonly client: KubeClient
  readonly apiKeys: Pick<Informer<ApiKeyRecord>, 'get' | 'put'>
  readonly secrets: Pick<Informer<SecretRecord>, 'get' | 'put'>
  readonly secretIndex: SecretIndex
  readonly services: Pick<Services, 'find' | 'succeeded' | 'failed'>
  readonly digester: Digester
  readonly cluster: string
  readonly clock: Clock
  readonly log: Log
  /** Throws when this process may no longer act: asked before every mint, Secret write and revocation. */
  readonly fence: () => void
  readonly notify: Notify
  readonly rest: Rest
  readonly repeats: Repeats
}

/** Tells a person what happened to an ApiKey; never fails and never waits. */
export type Notify = (
  about: ApiKeyRecord,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
) => void

/**
 * One ApiKey in the middle of its reconcile: what was declared, what was observed, and the version of everything that
 * a write has to be conditional on. Each action turns a scene into the next one.
 */
export interface Scene {
  readonly record: ApiKeyRecord
  readonly status: ApiKeyStatus
  readonly desired: DesiredKey
  readonly observed: Observed
  readonly service: ServiceState
  /** The Secret of the desired name as last read or written; its version guards the next write. */
  readonly secret?: { readonly uid: string; readonly resourceVersion: string }
}

/** The scene with this key's newest record; the view learns it too. */
export function withKey(scene: Scene, record: KeyRecord): Scene {
  const connection = scene.service.connection
  if (connection === undefined) return scene
  connection.view.put(record)
  return withKeys(scene, connection.view.keysOf(scene.desired.identity.uid))
}

/** The scene with other knowledge of the keys. */
export function withKeys(scene: Scene, keys: readonly OwnKey[], confirmed?: boolean): Scene {
  const { observed } = scene
  const known = observed.keys.kind === 'known' && observed.keys.confirmed
  return {
    ...scene,
    observed: { ...observed, keys: { kind: 'known', keys, confirmed: confirmed ?? known } },
  }
}
