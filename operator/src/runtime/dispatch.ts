// One request on an undici dispatcher, at the lowest level that undici offers: no fetch, no streams, and neither a timer
// nor an AbortController per call. Nearly all of the operator's CPU goes through here.

import type { Dispatcher } from 'undici'
import { ApiError, type RequestOutcome, type TransportReason } from './api-error.ts'
import type { TransportRequest, TransportResponse } from './transport.ts'

/**
 * Sends the request and reads the answer to the end; with `onData`, the body of a 200 goes there instead. Rejects with
 * an `ApiError` of status 0 when there is no answer.
 */
export function dispatchCall(
  dispatcher: Dispatcher,
  basePath: string,
  request: TransportRequest,
  credentials: readonly string[],
  onData: ((chunk: Buffer) => void) | undefined,
): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    const call = new Call(request, onData, resolve, reject)
    if (!call.listen()) return
    const headers = [...credentials]
    for (const name in request.headers) headers.push(name, request.headers[name] ?? '')
    try {
      dispatcher.dispatch(
        {
          method: request.method,
          path: basePath + request.path + queryString(request.query),
          headers,
          body: request.body ?? null,
        },
        call,
      )
    } catch (error) {
      call.onResponseError(undefined, error)
    }
  })
}

/** The error of a request that never left, because its credentials could not be had. */
export function unsentError(request: TransportRequest, cause: unknown): ApiError {
  return noAnswer(request, 'NotSent', 'notSent', cause)
}

function queryString(query: Readonly<Record<string, string>> | undefined): string {
  let text = ''
  for (const name in query) {
    text += `${text === '' ? '?' : '&'}${name}=${encodeURIComponent(query[name] ?? '')}`
  }
  return text
}

/** The life of one call: undici's handler, and the only listener of the caller's signal. */
class Call implements Dispatcher.DispatchHandler {
  readonly #request: TransportRequest
  readonly #onData: ((chunk: Buffer) => void) | undefined
  readonly #resolve: (response: TransportResponse) => void
  readonly #reject: (error: ApiError) => void
  #controller: Dispatcher.DispatchController | undefined
  #settled = false
  #status = 0
  #headers: TransportResponse['headers'] = {}
  #first: Buffer | undefined
  #rest: Buffer[] | undefined

  constructor(
    request: TransportRequest,
    onData: ((chunk: Buffer) => void) | undefined,
    resolve: (response: TransportResponse) => void,
    reject: (error: ApiError) => void,
  ) {
    this.#request = request
    this.#onData = onData
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Starts listening to the caller's signal; false when it has fired already (the call is settled then). */
  listen(): boolean {
    const signal = this.#request.signal
    if (signal === undefined) return true
    if (signal.aborted) {
      this.#fail('Aborted', signal.reason)
      return false
    }
    signal.addEventListener('abort', this.#abort)
    return true
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#settled) controller.abort(new Error('Aborted while waiting for a connection'))
    else this.#controller = controller
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: TransportResponse['headers'],
  ): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#onData !== undefined && this.#status === 200) {
      if (!this.#settled) this.#onData(chunk)
    } else if (this.#first === undefined) this.#first = chunk
    else if (this.#rest === undefined) this.#rest = [this.#first, chunk]
    else this.#rest.push(chunk)
  }

  onResponseEnd(): void {
    if (this.#settled) return
    this.#settle()
    const body = this.#rest === undefined ? this.#first : Buffer.concat(this.#rest)
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      body: body === undefined ? '' : body.toString('utf8'),
    })
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: unknown): void {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
      this.#fail('Timeout', error)
    } else this.#fail(this.#controller === undefined ? 'NotSent' : 'ConnectionLost', error)
  }

  readonly #abort = (): void => {
    const reason: unknown = this.#request.signal?.reason
    const controller = this.#controller
    this.#fail('Aborted', reason)
    controller?.abort(reason instanceof Error ? reason : new Error('Aborted'))
  }

  #fail(reason: TransportReason, cause: unknown): void {
    if (this.#settled) return
    this.#settle()
    const outcome: RequestOutcome = this.#controller === undefined ? 'notSent' : 'unknown'
    this.#reject(noAnswer(this.#request, reason, outcome, cause))
  }

  #settle(): void {
    this.#settled = true
    this.#request.signal?.removeEventListener('abort', this.#abort)
  }
}

function noAnswer(
  { method, path }: TransportRequest,
  reason: TransportReason,
  outcome: RequestOutcome,
  cause: unknown,
): ApiError {
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new ApiError(`${method} ${path}: ${SENTENCE[reason]}${why}`, {
    status: 0,
    reason,
    outcome,
    method,
    path,
    cause,
  })
}

const SENTENCE: Readonly<Record<TransportReason, string>> = {
  NotSent: 'no connection to the API server',
  ConnectionLost: 'the connection to the API server broke',
  Timeout: 'the API server did not answer in time',
  Aborted: 'given up by the caller',
}
