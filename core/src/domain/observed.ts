import type { KeyRecord } from './key-record.ts'
import type { Capabilities } from './key-service-port.ts'
import type { Mark } from './mark.ts'
import type { Reason } from './reason.ts'

/** A key at the service that carries the mark of this ApiKey. */
export interface OwnKey {
  readonly record: KeyRecord
  readonly mark: Mark
}

/** The key service as far as this ApiKey is concerned. */
export type ServiceObservation =
  | {
      readonly kind: 'usable'
      readonly capabilities: Capabilities
      /** It is being deleted: it serves the ApiKeys that have a key of it until those are gone. */
      readonly terminating: boolean
    }
  | { readonly kind: 'unusable'; readonly reason: Reason; readonly message: string }

/** The Secret of the desired name. */
export type SecretObservation =
  | { readonly kind: 'absent' }
  /** It exists and is not ours: `owner` says whose it seems to be. */
  | { readonly kind: 'foreign'; readonly owner: string }
  /** Writing it was refused before, and would be again: by RBAC, a quota, an admission policy, or its templates. */
  | { readonly kind: 'unwritable'; readonly reason: Reason; readonly message: string }
  | {
      readonly kind: 'ours'
      readonly keyId: string
      readonly credentialId: string
      readonly revision: number
      /** The data is what we wrote. */
      readonly intact: boolean
      /** Its type and templates are the desired ones. */
      readonly shaped: boolean
      /** Its labels, annotations and owner are the desired ones. */
      readonly dressed: boolean
    }

/**
 * The keys of this ApiKey at the service. `confirmed` means that a complete list was read for this very decision:
 * only then does the absence of a key prove anything.
 */
export type KeysObservation =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'known'; readonly keys: readonly OwnKey[]; readonly confirmed: boolean }

/** Everything that a decision about an ApiKey rests on. Nothing here is a token. */
export interface Observed {
  /** The ApiKey has a deletionTimestamp. */
  readonly deleting: boolean
  /** A person asked to let the ApiKey go whatever it leaves behind. */
  readonly forced: boolean
  /** Our finalizer is on the ApiKey. */
  readonly finalizer: boolean
  readonly service: ServiceObservation
  readonly secret: SecretObservation
  /** Names of further Secrets that we wrote for this ApiKey, such as one of an earlier `secret.name`. */
  readonly formerSecrets: readonly string[]
  readonly keys: KeysObservation
  /** The status speaks of a key that was delivered. */
  readonly delivered: boolean
  /** The status says that this very generation is Ready. */
  readonly settled: boolean
}
