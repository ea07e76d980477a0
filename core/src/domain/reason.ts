/**
 * The closed list of reasons. The same word reaches the HTTP body, the condition, the event and the
 * Terraform diagnostic; each boundary has one table keyed by every reason, so a new one cannot be
 * forgotten anywhere. Kubernetes' own words are used where they exist.
 */
export const reasons = [
  // Kubernetes' own words
  'Invalid', // the request or the spec does not have the right shape
  'Unauthorized', // nobody we know: no credential, or a dead one
  'Forbidden', // somebody we know, without the right
  'NotFound', // nothing there that the caller may see
  'MethodNotAllowed', // this service is set not to do that
  'AlreadyExists', // taken
  'Conflict', // changed by somebody else in between
  'Gone', // a cursor that is no longer served
  'TooManyRequests', // slow down, see Retry-After
  'Timeout', // no answer in time: the effect is unknown
  'ServiceUnavailable', // the other side answered that it cannot work now
  'InternalError', // a fault of the one who answers
  // asking for a key
  'QuotaExceeded', // the account has as many keys as its plan allows
  'PlanRequired', // the account's plan has no keys at all
  'SubscriptionInactive', // the account's subscription has lapsed: its keys rest until it is active again
  'ScopeNotGranted', // a scope that the caller does not have himself
  'NameTaken', // the service wants unique names
  'SpaceNotFound', // the key's space does not exist
  'AccountNotFound', // the key's account does not exist, or is not the caller's
  'ExpirationInPast', // would be dead at birth
  'IdempotencyKeyReused', // a repeated create whose first answer can no longer be replaced
  'IdempotencyKeyMismatch', // the same idempotency key with another body
  'RequestInFlight', // the first create with this idempotency key has not been answered yet
  'RotationInProgress', // a grace period must be ended before the next rotation
  // the state of a key
  'KeyPending', // not acknowledged yet
  'KeyRevoked', // ended by someone
  'KeyExpired', // ended by its own date
  'KeyDisabled', // switched off by someone, can be switched on again
  'KeyLeaked', // published, never enabled again
  // reaching a key service
  'ServiceNotFound', // the KeyService that the ApiKey names does not exist, or no default does
  'ServiceAmbiguous', // two defaults for one namespace
  'ServiceNotAllowed', // a ClusterKeyService that is not for this namespace, or not for these scopes
  'ServiceTerminating', // the KeyService that the ApiKey names is being deleted, so it issues no first key
  'ServiceUnreachable', // no connection
  'ServiceUnauthorized', // it refuses our credential
  'CredentialNotFound', // the Secret with our credential for it is missing or lacks the entry
  // delivery
  'SecretConflict', // a Secret of that name belongs to somebody else
  'SecretNotWritable', // the API server refuses the write (RBAC, quota, admission)
  'TemplateInvalid', // a template of the Secret asks for a part of the credential that this service does not give
  // what is going on
  'Terminating', // it is being deleted, and something still needs it
  'Issued',
  'Rotated',
  'Updated',
  'Revoked',
  'Retained',
  'Reissued',
  'Suspended',
  'Progressing',
  'Ready',
] as const

/** One word of the closed list. */
export type Reason = (typeof reasons)[number]

/** True for words of the closed list: what an unknown key service answers is not trusted to be one. */
export function isReason(word: unknown): word is Reason {
  return reasons.includes(word as Reason)
}
