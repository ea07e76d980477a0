import { type Dispatcher, Pool } from 'undici'

// The one way a driver talks HTTP. A driver gets `Send` as a port, so that tests can record and cut every call.

/** One request: the path starts with a slash and carries its query. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** The whole answer; header names in lower case. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Sends a request and reads the answer to its end. Throws what the network throws. */
export type HttpSend = (request: HttpRequest) => Promise<HttpResponse>

/** An answer that goes on: its body comes in pieces until it ends, the signal fires or the connection breaks. */
export interface HttpStreamResponse {
  readonly status: number
  readonly headers: HttpResponse['headers']
  readonly body: AsyncIterable<Uint8Array>
}

/** Sends a request and hands over the answer as soon as it begins. */
export type HttpStream = (request: HttpRequest, signal: AbortSignal) => Promise<HttpStreamResponse>

/** The two ways to talk to one service, and the end of it. */
export interface Http {
  readonly send: HttpSend
  readonly stream: HttpStream
  close(): Promise<void>
}

/** Settings of a connection to one key service. */
export interface HttpOptions {
  /** Base URL; its path is put before every request's. */
  readonly url: string
  /** PEM certificates to trust besides the public ones. */
  readonly caBundle?: string
  /** Calls under way at once; more wait their turn. */
  readonly connections?: number
  /** After this long without an answer the call counts as timed out: its effect is unknown. */
  readonly timeoutMilliseconds?: number
}

/** A stream that has been silent for this long is dead: services send bookmarks more often. */
const silenceMilliseconds = 90_000

/** A pool of kept-alive connections to one origin, and the function that uses it. */
export function createHttp(options: HttpOptions): Http {
  const url = new URL(options.url)
  const base = url.pathname.replace(/\/$/, '')
  const timeout = options.timeoutMilliseconds ?? 15_000
  const shared = {
    pipelining: 1,
    keepAliveTimeout: 60_000,
    headersTimeout: timeout,
    connect: {
      timeout: 5_000,
      ...(options.caBundle === undefined ? {} : { ca: options.caBundle }),
    },
  }
  const pool = new Pool(url.origin, {
    ...shared,
    connections: options.connections ?? 16,
    bodyTimeout: timeout,
  })
  // Streams have connections of their own: one that is open for hours must not take the place of a call.
  const streams = new Pool(url.origin, { ...shared, bodyTimeout: silenceMilliseconds })
  return {
    send: ({ method, path, headers, body }) =>
      wholeAnswer(pool, { method, path: base + path, headers, body: body ?? null }),
    async stream({ method, path, headers }, signal) {
      const response = await streams.request({ method, path: base + path, headers, signal })
      return { status: response.statusCode, headers: response.headers, body: response.body }
    },
    async close() {
      await Promise.all([pool.destroy(), streams.destroy()])
    },
  }
}

/** Sends a request at undici's lowest level: a stream for every short answer costs more than the answer. */
function wholeAnswer(pool: Pool, request: Dispatcher.DispatchOptions): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let status = 0
    let headers: HttpResponse['headers'] = {}
    const chunks: Buffer[] = []
    pool.dispatch(request, {
      onRequestStart: () => {},
      onResponseStart: (_controller, statusCode, responseHeaders) => {
        status = statusCode
        headers = responseHeaders
      },
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd: () => resolve({ status, headers, body: Buffer.concat(chunks).toString() }),
      onResponseError: (_controller, error) => reject(error),
    })
  })
}
