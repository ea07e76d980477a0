import type { Reason } from './reason.ts'

/**
 * What ends a trouble: `again`, a retry with backoff; `soon`, a look every minute, since something in the cluster has to
 * change and nothing tells us; `later`, one every five minutes, since somebody at the key service has to act; `person`,
 * nothing but a change of the declaration or of what it refers to.
 */
export type Recovery = 'again' | 'soon' | 'later' | 'person'

/** One row per reason, so that a new one cannot be forgotten: this is what prevents retry storms. */
export const recovery = {
  Invalid: 'later',
  Unauthorized: 'later',
  Forbidden: 'later',
  NotFound: 'again',
  MethodNotAllowed: 'later',
  AlreadyExists: 'again',
  Conflict: 'again',
  Gone: 'again',
  TooManyRequests: 'again',
  Timeout: 'again',
  ServiceUnavailable: 'again',
  InternalError: 'again',
  QuotaExceeded: 'later',
  PlanRequired: 'later',
  SubscriptionInactive: 'later',
  ScopeNotGranted: 'later',
  NameTaken: 'later',
  SpaceNotFound: 'later',
  AccountNotFound: 'later',
  ExpirationInPast: 'person',
  IdempotencyKeyReused: 'again',
  IdempotencyKeyMismatch: 'again',
  RequestInFlight: 'again',
  RotationInProgress: 'again',
  KeyPending: 'again',
  KeyRevoked: 'again',
  KeyExpired: 'person',
  KeyDisabled: 'later',
  KeyLeaked: 'again',
  ServiceNotFound: 'person',
  ServiceAmbiguous: 'person',
  ServiceNotAllowed: 'person',
  ServiceTerminating: 'person',
  ServiceUnreachable: 'again',
  ServiceUnauthorized: 'later',
  CredentialNotFound: 'later',
  SecretConflict: 'soon',
  SecretNotWritable: 'soon',
  TemplateInvalid: 'person',
  Terminating: 'again',
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

/** How long a trouble of this reason rests before it is looked at again; undefined where no wait ends it. */
export function restSeconds(reason: Reason): number | undefined {
  const wait: Recovery = recovery[reason]
  return wait === 'soon' ? 60 : wait === 'later' ? 300 : undefined
}

/** The kind of standing that a failure of this reason leaves behind. */
export function standingKind(reason: Reason): 'progressing' | 'stalled' {
  return recovery[reason] === 'again' ? 'progressing' : 'stalled'
}
