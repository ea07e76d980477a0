import type { TransportResponse } from './transport.ts'

/** What is known about the effect of a failed request. */
export type RequestOutcome =
  /** The server answered and did nothing. */
  | 'refused'
  /** No byte of it reached the server. */
  | 'notSent'
  /** It may have happened: the connection broke, time ran out, or the server failed on the way. */
  | 'unknown'

/** The part of Kubernetes' `Status.details` that callers use. */
export type StatusDetails = {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly retryAfterSeconds?: number
  readonly causes?: readonly {
    readonly reason?: string
    readonly message?: string
    readonly field?: string
  }[]
}

/** Reasons that we give ourselves when there was no HTTP answer; all others are Kubernetes' own. */
export type TransportReason = 'NotSent' | 'ConnectionLost' | 'Timeout' | 'Aborted'

/** The one failure of every call to the API server, so that callers decide by reason and never by text. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** Kubernetes' `Status.reason` (`NotFound`, `Conflict` …) or a {@link TransportReason}. */
  readonly reason: string
  readonly outcome: RequestOutcome
  readonly method: string
  readonly path: string
  readonly details: StatusDetails | undefined
  /** What the server asks us to wait before the next try. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    message: string,
    facts: {
      readonly status: number
      readonly reason: string
      readonly outcome: RequestOutcome
      readonly method: string
      readonly path: string
      readonly details?: StatusDetails | undefined
      readonly retryAfterSeconds?: number | undefined
      readonly cause?: unknown
    },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.status = facts.status
    this.reason = facts.reason
    this.outcome = facts.outcome
    this.method = facts.method
    this.path = facts.path
    this.details = facts.details
    this.retryAfterSeconds = facts.retryAfterSeconds
  }
}

/** The error for an answer outside 2xx. Proxies answer without a `Status`; the HTTP status decides then. */
export function apiErrorOf(
  request: { readonly method: string; readonly path: string },
  response: TransportResponse,
): ApiError {
  const status = parseStatus(response.body)
  const reason = status.reason || REASON_BY_STATUS[response.status] || 'Unknown'
  const retryAfterSeconds = retryAfter(response, status.details)
  return new ApiError(
    status.message || `${request.method} ${request.path}: HTTP ${response.status}`,
    {
      status: response.status,
      reason,
      // A 5xx may come after the write reached etcd ("request timed out"), whatever headers it carries.
      outcome: response.status >= 500 ? 'unknown' : 'refused',
      method: request.method,
      path: request.path,
      details: status.details,
      retryAfterSeconds,
    },
  )
}

/** The error for a success whose body is not what the API server sends (a proxy's page, a cut answer). */
export function unreadableAnswer(
  { method, path }: { readonly method: string; readonly path: string },
  status: number,
): ApiError {
  return new ApiError(`${method} ${path}: the answer is not JSON`, {
    status,
    reason: 'UnreadableAnswer',
    outcome: 'unknown',
    method,
    path,
  })
}

/** The object is not there. */
export const isNotFound = (error: unknown): error is ApiError => hasReason(error, 'NotFound')
/** The name is taken (`POST` of an existing object). */
export const isAlreadyExists = (error: unknown): error is ApiError =>
  hasReason(error, 'AlreadyExists')
/** The object has changed since it was read: the resourceVersion or uid no longer fits. */
export const isConflict = (error: unknown): error is ApiError => hasReason(error, 'Conflict')
/** The object breaks its schema or a validation rule; the same request fails until it changes. */
export const isInvalid = (error: unknown): error is ApiError => hasReason(error, 'Invalid')
/** RBAC, a quota or an admission policy said no. */
export const isForbidden = (error: unknown): error is ApiError => hasReason(error, 'Forbidden')
/** Our credentials are not (or no longer) accepted. */
export const isUnauthorized = (error: unknown): error is ApiError =>
  hasReason(error, 'Unauthorized')
/** The resourceVersion or continue token is too old. */
export const isGone = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.status === 410
/** The server sheds load; `retryAfterSeconds` usually says for how long. */
export const isTooManyRequests = (error: unknown): error is ApiError =>
  hasReason(error, 'TooManyRequests')
/** The request may have had its effect: read before repeating it. */
export const isUnknownOutcome = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.outcome === 'unknown'

function hasReason(error: unknown, reason: string): error is ApiError {
  return error instanceof ApiError && error.reason === reason
}

const REASON_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

type Status = {
  readonly message?: string
  readonly reason?: string
  readonly details?: StatusDetails
}

function parseStatus(body: string): Status {
  if (!body.startsWith('{')) return {}
  try {
    const parsed = JSON.parse(body) as { readonly kind?: string } & Status
    return parsed.kind === 'Status' ? parsed : {}
  } catch {
    return {}
  }
}

function retryAfter(
  response: TransportResponse,
  details: StatusDetails | undefined,
): number | undefined {
  const header = Number(response.headers['retry-after'])
  if (Number.isFinite(header) && header >= 0) return header
  return details?.retryAfterSeconds
}
