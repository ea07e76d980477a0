import { KeyError, type problemBody, type Reason } from '@latchkey/core'
import type { z } from 'zod'
import type { Rules } from '../service.ts'

/** The HTTP status of every reason: a new word of the closed list cannot be forgotten here. */
export const statusOf = {
  Invalid: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  TooManyRequests: 429,
  Timeout: 504,
  ServiceUnavailable: 503,
  InternalError: 500,
  QuotaExceeded: 403,
  PlanRequired: 402,
  SubscriptionInactive: 402,
  ScopeNotGranted: 403,
  NameTaken: 409,
  SpaceNotFound: 422,
  AccountNotFound: 404,
  ExpirationInPast: 422,
  IdempotencyKeyReused: 409,
  IdempotencyKeyMismatch: 422,
  RequestInFlight: 409,
  RotationInProgress: 409,
  KeyPending: 409,
  KeyRevoked: 409,
  KeyExpired: 409,
  KeyDisabled: 409,
  KeyLeaked: 409,
  ServiceNotFound: 500,
  ServiceAmbiguous: 500,
  ServiceNotAllowed: 500,
  ServiceTerminating: 500,
  ServiceUnreachable: 502,
  ServiceUnauthorized: 502,
  CredentialNotFound: 500,
  SecretConflict: 500,
  SecretNotWritable: 500,
  TemplateInvalid: 500,
  Terminating: 500,
  Issued: 500,
  Rotated: 500,
  Updated: 500,
  Revoked: 500,
  Retained: 500,
  Reissued: 500,
  Suspended: 500,
  Progressing: 500,
  Ready: 500,
} as const satisfies Record<Reason, number>

export type Problem = z.infer<typeof problemBody>

/** What an installation decides about error answers. */
export type ProblemRules = Pick<Rules, 'statuses' | 'labels'>

/** An error answer: its status, its headers, its body. */
export interface ProblemAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Problem
}

/** Any failure as an answer. What is not a `KeyError` is a fault of ours: it is told without its text. */
export function toProblem(error: unknown, rules: ProblemRules): ProblemAnswer {
  const known =
    error instanceof KeyError
      ? error
      : new KeyError('InternalError', 'The key service failed; its log says why')
  const status = statusOfError(known, rules)
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      // What is left of the body is not read to its end, so nothing else can come on this connection.
      ...(status === 413 ? { connection: 'close' } : {}),
      // Empty on purpose where there are none: what a setting has switched off allows no method.
      ...(status === 405
        ? { allow: known instanceof WrongMethod ? known.allowed.join(', ') : '' }
        : {}),
      ...(known.retryAfterSeconds === undefined
        ? {}
        : { 'retry-after': String(known.retryAfterSeconds) }),
    },
    body: {
      type: `https://latchkey.dev/problems/${known.reason}`,
      title: known.reason,
      status,
      detail: known.message,
      code: known.reason,
      ...(known.keyId === undefined ? {} : { keyId: known.keyId }),
      ...(known.plans.length === 0
        ? {}
        : { upgrade: { ...rules.labels.upgrade, plans: [...known.plans] } }),
      ...(known.issues.length === 0 ? {} : { errors: [...known.issues] }),
    },
  }
}

function statusOfError(error: KeyError, { statuses }: ProblemRules): number {
  if (error instanceof PayloadTooLarge) return 413
  if (error instanceof UnsupportedMediaType) return 415
  const table: Readonly<Record<Reason, number>> = { ...statusOf, ...statuses }
  return table[error.reason]
}

/** A method that the path does not have: `MethodNotAllowed`, and the answer names those that it has. */
export class WrongMethod extends KeyError {
  readonly allowed: readonly string[]
  constructor(method: string, allowed: readonly string[]) {
    super('MethodNotAllowed', `${method} is not possible here, but ${allowed.join(', ')}`)
    this.allowed = allowed
  }
}

/** A body that is not said to be JSON: `Invalid`, with a status of its own. */
export class UnsupportedMediaType extends KeyError {
  constructor() {
    super('Invalid', 'The body must be application/json, and the content-type must say so', {
      issues: [{ path: 'content-type', message: 'must be application/json' }],
    })
  }
}

/** A body beyond the limit: `Invalid`, with a status of its own. */
export class PayloadTooLarge extends KeyError {
  constructor(limitBytes: number) {
    const message = `must have at most ${limitBytes} bytes`
    super('Invalid', `The body ${message}`, { issues: [{ path: 'body', message }] })
  }
}
