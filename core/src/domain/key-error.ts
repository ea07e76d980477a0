import type { Reason } from './reason.ts'

/** What a person reads and what a log keeps, apart. */
export interface KeyErrorOptions {
  readonly cause?: unknown
  /** The key the error is about, where the answer named it. */
  readonly keyId?: string
  /** How long the other side asked us to wait. */
  readonly retryAfterSeconds?: number
  /** The fields of the request that were wrong. */
  readonly issues?: readonly Issue[]
  /** Ids of the plans that would allow it. */
  readonly plans?: readonly string[]
}

/** One wrong field: where it is, what is wrong, what to do. */
export interface Issue {
  /** Dotted path, for example `spec.expiration.after`. */
  readonly path: string
  readonly message: string
}

/**
 * The one class of failure that Latchkey throws: a reason from the closed list, a sentence that may be
 * shown to anybody (it never holds a token), and a cause for the log.
 */
export class KeyError extends Error {
  override readonly name = 'KeyError'
  readonly reason: Reason
  readonly keyId: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly issues: readonly Issue[]
  readonly plans: readonly string[]

  constructor(reason: Reason, message: string, options: KeyErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.keyId = options.keyId
    this.retryAfterSeconds = options.retryAfterSeconds
    this.issues = options.issues ?? []
    this.plans = options.plans ?? []
  }
}
