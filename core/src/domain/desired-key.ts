import { type ApiKeySpec, displayNameAtMost } from './api-key.ts'
import { toExpiration } from './expiration.ts'
import { fingerprint } from './fingerprint.ts'
import type { KeyWish } from './key-service-port.ts'
import { scopeSet } from './scope.ts'
import type { secretTypes } from './secret.ts'

/** Which ApiKey of which cluster. */
export interface Identity {
  readonly cluster: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** The Secret that shall hold the token. */
export interface DesiredSecret {
  readonly name: string
  readonly type: (typeof secretTypes)[number]
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Templates of the entries; undefined means one entry per part of the credential. */
  readonly data?: Readonly<Record<string, string>>
  /** The Secret stays when the ApiKey goes. */
  readonly retain: boolean
  /** Changes whenever name, type or templates do: then the token has to be written anew. */
  readonly shape: string
}

/** What the declaration asks for, with every default decided. */
export interface DesiredKey {
  readonly identity: Identity
  readonly wish: Omit<KeyWish, 'metadata'>
  readonly rotation?: {
    readonly period?: string
    readonly before?: string
    readonly strategy: 'Rolling' | 'Recreate'
    readonly gracePeriod: string
  }
  readonly secret: DesiredSecret
  /** The key stays at the service when the ApiKey goes. */
  readonly retain: boolean
  readonly suspend: boolean
  /** Changes whenever the wish does; part of the ownership mark. */
  readonly specHash: string
}

/** Grace period of a replacement that no `rotation` speaks of, such as a changed account. */
export const defaultGracePeriod = '1h'

/** The declaration with its defaults decided. The same spec gives the same answer through every door. */
export function desiredKey(spec: ApiKeySpec, identity: Identity): DesiredKey {
  const wish: DesiredKey['wish'] = {
    displayName: spec.displayName ?? defaultDisplayName(identity),
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(spec.account === undefined ? {} : { account: spec.account }),
    ...(spec.space === undefined ? {} : { space: spec.space }),
    ...(spec.owner === undefined ? {} : { owner: spec.owner }),
    scopes: scopeSet(spec.scopes ?? []),
    ...(spec.expiration === undefined ? {} : { expiration: toExpiration(spec.expiration) }),
  }
  const retain = spec.deletionPolicy === 'Retain'
  return {
    identity,
    wish,
    ...(spec.rotation === undefined ? {} : { rotation: toRotation(spec.rotation) }),
    secret: desiredSecret(spec, identity, retain),
    retain,
    suspend: spec.suspend,
    specHash: fingerprint(JSON.stringify(wish)),
  }
}

/** `namespace/name`; what is too long for a name at a service ends in a fingerprint, so that two stay apart. */
function defaultDisplayName({ namespace, name }: Identity): string {
  const whole = `${namespace}/${name}`
  if (whole.length <= displayNameAtMost) return whole
  const end = `-${fingerprint(whole)}`
  return `${whole.slice(0, displayNameAtMost - end.length)}${end}`
}

function toRotation(
  declared: NonNullable<ApiKeySpec['rotation']>,
): DesiredKey['rotation'] & object {
  return {
    ...(declared.period === undefined ? {} : { period: declared.period }),
    ...(declared.before === undefined ? {} : { before: declared.before }),
    strategy: declared.strategy,
    gracePeriod: declared.gracePeriod,
  }
}

function desiredSecret(spec: ApiKeySpec, identity: Identity, retainKey: boolean): DesiredSecret {
  const declared = spec.secret
  const name = declared?.name ?? identity.name
  const type = declared?.type ?? 'Opaque'
  const policy = declared?.deletionPolicy ?? (retainKey ? 'Retain' : 'Delete')
  return {
    name,
    type,
    labels: declared?.labels ?? {},
    annotations: declared?.annotations ?? {},
    ...(declared?.data === undefined ? {} : { data: declared.data }),
    retain: policy === 'Retain',
    shape: fingerprint(JSON.stringify([type, sortedEntries(declared?.data ?? {})])),
  }
}

function sortedEntries(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
}
