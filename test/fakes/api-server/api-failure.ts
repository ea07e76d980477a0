/** A refusal, as the API server words it. Thrown by the verbs, sent by the server. */
export class ApiFailure extends Error {
  readonly code: number
  readonly reason: string
  readonly details: object

  constructor(code: number, reason: string, message: string, details: object = {}) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  /** The `Status` object that goes over the wire. */
  toStatus(): object {
    const { code, reason, message, details } = this
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      code,
      reason,
      message,
      details,
    }
  }
}

/** What a too old resourceVersion or continue token is answered with. */
export function expired(): ApiFailure {
  return new ApiFailure(410, 'Expired', 'too old resource version')
}
