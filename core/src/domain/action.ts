import type { KeyChange } from './key-service-port.ts'
import type { OwnKey } from './observed.ts'
import type { Reason } from './reason.ts'

/**
 * One step towards the declaration. An action never holds a token, so it may always be shown; `reason` and
 * `message` reach the preview, the event and the condition word for word.
 */
export type Action = (
  | { readonly kind: 'addFinalizer' }
  /** Read the keys of this ApiKey at the service, to the last page. */
  | { readonly kind: 'confirm' }
  /** Mint, write the Secret, acknowledge. */
  | {
      readonly kind: 'issue'
      readonly revision: number
      /** Goes into the key's mark; of a mint that is taken up again the first one's, since it must be the same wish. */
      readonly cause: Reason
    }
  /** The Secret holds the token; tell the service that the key stays. */
  | { readonly kind: 'acknowledge'; readonly keyId: string; readonly credentialId: string }
  | { readonly kind: 'update'; readonly keyId: string; readonly change: KeyChange }
  | { readonly kind: 'revoke'; readonly keyId: string }
  /** Bring labels, annotations and owner of the Secret in step; the token stays. */
  | { readonly kind: 'dressSecret' }
  | { readonly kind: 'removeSecret'; readonly name: string }
  | { readonly kind: 'removeFinalizer' }
) & {
  readonly reason: Reason
  readonly message: string
}

/** Where an ApiKey stands, in the words of its `Ready` condition. */
export interface Standing {
  /** `ready`: all is as declared. `progressing`: work goes on. `stalled`: it waits for a person. */
  readonly kind: 'ready' | 'progressing' | 'stalled'
  readonly reason: Reason
  readonly message: string
}

/** The answer about one ApiKey now. */
export interface Plan {
  /** Name of the check that decided. */
  readonly check: string
  /** What to do now, in this order; empty at rest. After them, ask again. */
  readonly actions: readonly Action[]
  readonly standing: Standing
  /** Keys in their grace period, each with its end. */
  readonly previous: readonly { readonly key: OwnKey; readonly endTime: Date }[]
  /** When the current key is due for its rotation. */
  readonly rotationTime?: Date
  /** When this answer could change although nothing else does: the only timer there is. */
  readonly nextTime?: Date
}
