import type { OwnKey } from '@latchkey/core'
import type { Outcome } from '../runtime/controller.ts'
import type { Connection } from '../services/connection.ts'
import type { ServiceWish } from '../services/resolve-service.ts'
import type { ApiKeyRecord } from './api-key-record.ts'
import type { World } from './scene.ts'

/** Everything that a decision at rest was made from, by identity: the caches replace what changes. */
export interface Basis {
  readonly wish: ServiceWish
  readonly connection: Connection
  readonly keys: readonly OwnKey[]
  readonly secretName: string
  readonly secretVersion: string
  /** When the decision could change by the clock alone. */
  readonly untilMilliseconds: number
}

/**
 * Remembers ApiKeys that were found at rest. The events of our own writes wake each of them two or three times, and
 * without this every time would cost a whole decision.
 */
export interface Rest {
  readonly remember: (record: ApiKeyRecord, basis: Basis) => void
  /** Our finalizer is off: until the cache hears of it, nothing is asked about this ApiKey any more. */
  readonly letGo: (record: ApiKeyRecord) => void
  /** The outcome of the last decision while nothing that it was made from has changed; else undefined. */
  readonly outcome: (world: World, record: ApiKeyRecord) => Outcome | undefined
}

/** Nothing is remembered yet. A record that the cache lets go is forgotten with it. */
export function createRest(): Rest {
  const bases = new WeakMap<ApiKeyRecord, Basis>()
  const gone = new WeakSet<ApiKeyRecord>()
  return {
    remember: (record, basis) => void bases.set(record, basis),
    letGo: (record) => void gone.add(record),
    outcome(world, record) {
      if (gone.has(record)) return { kind: 'done' }
      const basis = bases.get(record)
      if (basis === undefined || !holds(world, record, basis)) return undefined
      const afterMilliseconds = basis.untilMilliseconds - world.clock.now()
      if (afterMilliseconds <= 0) return undefined
      return afterMilliseconds === Number.POSITIVE_INFINITY
        ? { kind: 'done' }
        : { kind: 'wait', afterMilliseconds }
    },
  }
}

function holds(world: World, { namespace, uid }: ApiKeyRecord, basis: Basis): boolean {
  const service = world.services.find(basis.wish)
  const secret = world.secrets.get(`${namespace}/${basis.secretName}`)
  return (
    service.kind === 'usable' &&
    service.connection === basis.connection &&
    service.connection.view.keysOf(uid) === basis.keys &&
    secret?.resourceVersion === basis.secretVersion &&
    world.secretIndex.namesOf(uid).length === 1
  )
}
