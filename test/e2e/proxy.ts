// A proxy in front of a key service or of the API server that can do what networks do: answer instead, lose the answer of a
// request that was carried out, or hold a request back.

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, request as tlsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'

/** What happens to one request. */
export type Fate =
  | { readonly kind: 'pass' }
  /** It never reaches its target. */
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  /** Its target carries it out, and the connection is cut instead of answered. */
  | { readonly kind: 'lose' }

export interface ProxyOptions {
  /** Origin of the target. */
  readonly target: string
  /** Certificate and key to serve, and the authority to trust, where the target speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string }
  /** 0, the default, takes any free port. */
  readonly port?: number
  /** Decides about each request as it arrives; one that waits is held back. Default: all pass. */
  readonly decide?: (call: Call) => Fate | Promise<Fate>
}

export interface Call {
  readonly method: string
  readonly path: string
}

export interface RunningProxy {
  /** Origin of the proxy. */
  readonly url: string
  /** Cuts every connection. Safe to repeat. */
  close(): Promise<void>
}

/** Starts a proxy on the loopback interface. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { tls, decide = () => ({ kind: 'pass' }) as const } = options
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy())
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const fate = await decide({ method: incoming.method ?? '', path: incoming.url ?? '' })
    if (fate.kind === 'answer') {
      incoming.resume()
      outgoing.writeHead(fate.status, fate.headers).end(fate.body ?? '')
      return
    }
    const answer = await forward(incoming, outgoing)
    if (fate.kind === 'lose') {
      // An answer that begins tells that the request was carried out.
      answer.destroy()
      outgoing.destroy()
      return
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    await pipeline(answer, outgoing)
  }

  function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { method, headers } = incoming
      const url = new URL(incoming.url ?? '/', options.target)
      const further =
        tls === undefined
          ? request(url, { method, headers })
          : tlsRequest(url, { method, headers, ca: tls.ca })
      further.once('response', resolve).once('error', reject)
      // A caller who goes away ends what streams; a request without an answer is carried out all the same.
      outgoing.once('close', () => {
        if (outgoing.headersSent) further.destroy()
      })
      incoming.pipe(further)
    })
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
