import type { z } from 'zod'
import { problemBody } from '../contract/problem.ts'
import { KeyError } from '../domain/key-error.ts'
import { isReason, type Reason } from '../domain/reason.ts'
import type { HttpResponse } from './http.ts'

// From what the network did to what it means. The rule behind every line: only an answer that the service surely gave
// about this very key proves anything; all else is "unknown" and changes nothing.

/** The error that a failed connection stands for. `url` is told to the person, the cause to the log only. */
export function connectionError(url: string, cause: unknown): KeyError {
  const code = (cause as { code?: unknown } | undefined)?.code
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new KeyError(
      'Timeout',
      `The key service at ${url} did not answer in time: check spec.url and the network`,
      { cause },
    )
  }
  const advice = untrusted.has(code)
    ? 'put the certificate of its CA into spec.caBundle'
    : 'check spec.url and the network'
  return new KeyError(
    'ServiceUnreachable',
    `No connection to the key service at ${url}${typeof code === 'string' ? ` (${code})` : ''}: ${advice}`,
    { cause },
  )
}

/** What OpenSSL calls a certificate that nobody we trust has signed. */
const untrusted: ReadonlySet<unknown> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** The error of an answer that is not a success. */
export function answerError(url: string, response: HttpResponse): KeyError {
  const { status } = response
  const problem = readProblem(response)
  const detail = problem?.detail
  const options = {
    ...(problem?.keyId === undefined ? {} : { keyId: problem.keyId }),
    ...(problem?.errors === undefined ? {} : { issues: problem.errors }),
  }
  if (status === 401) {
    return new KeyError(
      'ServiceUnauthorized',
      `The key service at ${url} refuses our credential: put a working one into the Secret that spec.credentials names`,
      options,
    )
  }
  if (status === 429) {
    const retryAfterSeconds = retryAfter(response)
    return new KeyError('TooManyRequests', `The key service at ${url} asks us to slow down`, {
      ...options,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    })
  }
  if (status >= 500) {
    const retryAfterSeconds = retryAfter(response)
    return new KeyError('ServiceUnavailable', `The key service at ${url} answered ${status}`, {
      ...options,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    })
  }
  const reason = problem === undefined ? undefined : reasonOf(problem.code, status)
  if (reason === undefined) return foreignAnswer(url, `status ${status} without its error format`)
  return new KeyError(
    reason,
    describe(detail ?? `The key service answered ${status}`, problem?.errors),
    options,
  )
}

function describe(
  detail: string,
  errors: readonly { path: string; message: string }[] | undefined,
): string {
  if (errors === undefined || errors.length === 0) return detail
  return `${detail} (${errors.map((error) => `${error.path}: ${error.message}`).join('; ')})`
}

const reasonByStatus: Readonly<Record<number, Reason>> = {
  400: 'Invalid',
  402: 'PlanRequired',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
}

function reasonOf(code: string, status: number): Reason | undefined {
  return isReason(code) ? code : reasonByStatus[status]
}

function readProblem(response: HttpResponse): z.infer<typeof problemBody> | undefined {
  try {
    return problemBody.safeParse(JSON.parse(response.body)).data
  } catch {
    return undefined
  }
}

/** Seconds of a `Retry-After`, which may also be a date. */
function retryAfter({ headers }: HttpResponse): number | undefined {
  const text = headers['retry-after']
  if (typeof text !== 'string') return undefined
  if (/^[0-9]+$/.test(text)) return Number(text)
  const until = Date.parse(text)
  const served = Date.parse(typeof headers.date === 'string' ? headers.date : '')
  return Number.isNaN(until) || Number.isNaN(served)
    ? undefined
    : Math.max(0, Math.ceil((until - served) / 1000))
}

/** Reads a success by its schema. An answer of another shape proves nothing, so it is a failure of the service. */
export function readAnswer<S extends z.ZodType>(
  url: string,
  schema: S,
  response: HttpResponse,
): z.infer<S> {
  let json: unknown
  try {
    json = JSON.parse(response.body)
  } catch {
    json = undefined
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  // The issues name fields, never values: the answer may hold a token.
  const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))].join(', ')
  throw foreignAnswer(url, json === undefined ? 'no JSON' : `another shape in ${fields || 'all'}`)
}

/** Somebody answers, and not as a key service does: what he says proves nothing. */
function foreignAnswer(url: string, what: string): KeyError {
  return new KeyError(
    'ServiceUnavailable',
    `What answers at ${url} does not speak the key service's protocol (${what}): check spec.url, its path included, and spec.driver`,
  )
}
