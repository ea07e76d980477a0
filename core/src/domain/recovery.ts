import type { Reason } from './reason.ts'

/**
 * What ends a trouble: `again`, a retry soon with backoff; `time`, a retry much later, since the other side has to
 * change; `person`, nothing but a change of the declaration or of what it refers to.
 */
export type Recovery = 'again' | 'time' | 'person'

/** One row per reason, so that a new one cannot be forgotten: this is what prevents retry storms. */
export const recovery = {
  Invalid: 'person',
  Unauthorized: 'time',
  Forbidden: 'time',
  NotFound: 'again',
  AlreadyExists: 'again',
  Conflict: 'again',
  Gone: 'again',
  TooManyRequests: 'again',
  Timeout: 'again',
  ServiceUnavailable: 'again',
  InternalError: 'again',
  QuotaExceeded: 'time',
  PlanRequired: 'time',
  ScopeNotGranted: 'time',
  NameTaken: 'time',
  SpaceNotFound: 'time',
  AccountNotFound: 'time',
  ExpirationInPast: 'person',
  IdempotencyKeyReused: 'again',
  IdempotencyKeyMismatch: 'again',
  RequestInFlight: 'again',
  RotationInProgress: 'again',
  KeyPending: 'again',
  KeyRevoked: 'again',
  KeyExpired: 'person',
  KeyDisabled: 'time',
  KeyLeaked: 'again',
  ServiceNotFound: 'person',
  ServiceAmbiguous: 'person',
  ServiceNotAllowed: 'person',
  ServiceUnreachable: 'again',
  ServiceUnauthorized: 'time',
  CredentialNotFound: 'time',
  SecretConflict: 'time',
  SecretNotWritable: 'time',
  Issued: 'again',
  Rotated: 'again',
  Updated: 'again',
  Revoked: 'again',
  Retained: 'again',
  Reissued: 'again',
  Suspended: 'person',
  Progressing: 'again',
  Ready: 'again',
} as const satisfies Record<Reason, Recovery>

/** The kind of standing that a failure of this reason leaves behind. */
export function standingKind(reason: Reason): 'progressing' | 'stalled' {
  return recovery[reason] === 'again' ? 'progressing' : 'stalled'
}
