// The one way to the API server. Everything else in this folder speaks through the functions of `Transport`, so a
// test (or a recorder) that wraps them sees, delays or cuts every call there is.

import { buildConnector, Pool } from 'undici'
import type { ClusterAccess, TlsMaterial } from './cluster-access.ts'
import { dispatchCall, unsentError } from './dispatch.ts'

/** One HTTP request to the API server. */
export type TransportRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute and already percent-encoded, without a query. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>> | undefined
  /** Lower-case names. The transport adds the credentials itself. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** A whole answer, whatever its status. */
export type TransportResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/**
 * Sends one request and reads its answer to the end. Any HTTP status is an answer; only a call without one rejects,
 * with an `ApiError` whose `outcome` says whether the request may have had an effect. Nothing is ever repeated, except
 * once after a 401 with renewed credentials (a 401 had no effect).
 */
export type Send = (request: TransportRequest) => Promise<TransportResponse>

/** A request whose answer has no end of its own (a watch). */
export type StreamRequest = TransportRequest & {
  /** Called synchronously with each piece of a 200's body, in order. */
  readonly onData: (chunk: Buffer) => void
}

/**
 * Resolves when the stream has ended in order; `body` is empty after a 200 (it went to `onData`) and the whole text
 * otherwise. Rejects with an `ApiError` when the connection breaks or the signal fires.
 */
export type OpenStream = (request: StreamRequest) => Promise<TransportResponse>

/** The port between the runtime and a cluster. Wrap it freely: `{ ...transport, send: mine }`. */
export type Transport = {
  /** `host:port`, for metrics. */
  readonly host: string
  readonly send: Send
  readonly stream: OpenStream
  /** Like `send`, on connections of its own with short timeouts: a stalled pool must not cost the leadership. */
  readonly sendLease: Send
  /** Ends all connections at once; calls in flight reject. */
  readonly close: () => Promise<void>
}

/** Numbers that a deployment may want to change. */
export type TransportOptions = {
  /**
   * Parallel connections for ordinary calls; 32 unless told, one for each call in flight. On half as many, calls waited for
   * one another and cost an eighth more CPU each (measured).
   */
  readonly connections?: number
  readonly headersTimeoutMilliseconds?: number
  /** A connection is replaced when idle after this time, so that load spreads over API servers that came later. */
  readonly connectionLifetimeMilliseconds?: number
}

/** Connects to a cluster over HTTP/1.1 (measured: cheaper than HTTP/2 here). No connection is made before the first call. */
export function createTransport(access: ClusterAccess, options: TransportOptions = {}): Transport {
  const lane = {
    keepAliveTimeout: 60_000,
    pipelining: 1,
    // Offering HTTP/2 in the handshake is enough for the API server to choose it.
    allowH2: false,
    clientTtl: options.connectionLifetimeMilliseconds ?? 300_000,
  }
  const headersTimeout = options.headersTimeoutMilliseconds ?? 30_000
  const calls = openLane(access, {
    ...lane,
    connections: options.connections ?? 32,
    headersTimeout,
    bodyTimeout: 30_000,
  })
  // One connection per watch, and as many as there are watches: one that waits for a free connection waits forever.
  const streams = openLane(access, { ...lane, headersTimeout, bodyTimeout: 0 })
  const leases = openLane(access, {
    ...lane,
    connections: 2,
    headersTimeout: 5_000,
    bodyTimeout: 5_000,
  })
  return {
    host: new URL(access.server).host,
    send: (request) => calls.call(request, undefined),
    stream: (request) => streams.call(request, request.onData),
    sendLease: (request) => leases.call(request, undefined),
    close: async () => {
      await Promise.all([calls.close(), streams.close(), leases.close()])
    },
  }
}

type Lane = {
  readonly call: (
    request: TransportRequest,
    onData: ((chunk: Buffer) => void) | undefined,
  ) => Promise<TransportResponse>
  readonly close: () => Promise<void>
}

function openLane(access: ClusterAccess, options: Pool.Options): Lane {
  const origin = new URL(access.server)
  const basePath = origin.pathname.replace(/\/$/, '')
  const connect = connectorOf(access)
  const open = () => new Pool(origin.origin, { ...options, connect })
  let pool = open()

  const headersFor = (request: TransportRequest) => {
    const headers = access.headers()
    if (!(headers instanceof Promise)) return headers
    return headers.catch((cause: unknown) => {
      throw unsentError(request, cause)
    })
  }

  return {
    call: async (request, onData) => {
      const used = pool
      const pending = headersFor(request)
      const headers = pending instanceof Promise ? await pending : pending
      const response = await dispatchCall(used, basePath, request, headers, onData)
      if (response.status !== 401 || !access.refresh(headers)) return response
      if (pool === used) {
        // A client certificate belongs to the connection: new credentials need new connections.
        pool = open()
        used.close().catch(() => {})
      }
      return dispatchCall(pool, basePath, request, await headersFor(request), onData)
    },
    close: () => pool.destroy(),
  }
}

/** Opens connections with the certificates as they are now: files and plug-ins renew them while we run. */
function connectorOf(access: ClusterAccess): buildConnector.connector {
  let current: { readonly tls: TlsMaterial; readonly connect: buildConnector.connector } | undefined
  return (options, callback) => {
    access.tls().then(
      (tls) => {
        if (current?.tls !== tls) {
          current = { tls, connect: buildConnector({ ...tls, allowH2: false, timeout: 10_000 }) }
        }
        current.connect(options, callback)
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)), null)
      },
    )
  }
}
