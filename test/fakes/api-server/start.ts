// An API server in this process, for what the real one cannot be made to do at will: cut a connection at a given byte, lose
// its history, refuse WatchList, shed load. What it has in common with the real one is held by the contract suite.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseAddress } from './address.ts'
import { ApiFailure } from './api-failure.ts'
import { Lists } from './lists.ts'
import { ObjectStore, type StoredObject } from './object-store.ts'
import { parseSelection } from './selection.ts'
import { type OpenWatch, serveWatch } from './watch.ts'
import { create, existing, remove, update } from './writes.ts'

/** A request as the fake server saw it. */
export type SeenRequest = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** What happens to a request instead of the usual. */
export type Fault =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body?: string
    }
  /** The connection breaks before the request has had an effect. */
  | { readonly kind: 'cutBefore' }
  /** The connection breaks after the effect, before the answer. */
  | { readonly kind: 'cutAfter' }
  /** No answer ever comes. */
  | { readonly kind: 'hang' }

/** The running fake and its controls. */
export type FakeApiServer = {
  readonly url: string
  readonly store: ObjectStore
  /** Every request so far. */
  readonly requests: readonly SeenRequest[]
  readonly watches: ReadonlySet<OpenWatch>
  /** Decides about each request; undefined means the usual. Replaces the former decider. */
  readonly setFault: (decide: ((request: SeenRequest) => Fault | undefined) | undefined) => void
  /** Whether `sendInitialEvents` is understood (the feature gate WatchList). */
  readonly setWatchList: (on: boolean) => void
  /** Longest HTTP chunk of watches that start from now on. */
  readonly setChunkBytes: (bytes: number) => void
  readonly close: () => Promise<void>
}

/** Starts a fake API server on a free port of the loopback interface. */
export async function startFakeApiServer(): Promise<FakeApiServer> {
  const store = new ObjectStore()
  const lists = new Lists(store)
  const requests: SeenRequest[] = []
  const watches = new Set<OpenWatch>()
  let decide: ((request: SeenRequest) => Fault | undefined) | undefined
  let watchList = true
  let chunkBytes = 64 * 1024

  const watch = (seen: SeenRequest, response: ServerResponse) => {
    const address = parseAddress(seen.path)
    if (address === undefined) throw new ApiFailure(404, 'NotFound', 'no such resource')
    if (seen.query.has('sendInitialEvents') && !watchList) {
      throw new ApiFailure(
        422,
        'Invalid',
        'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
      )
    }
    const opened = serveWatch({
      store,
      collection: address.collection,
      selects: parseSelection(address.namespace, seen.query),
      query: seen.query,
      view: viewOf(seen),
      response,
      chunkBytes,
      onClose: () => watches.delete(opened),
    })
    watches.add(opened)
  }

  const answer = (seen: SeenRequest): { readonly status: number; readonly body: unknown } => {
    const address = parseAddress(seen.path)
    if (address === undefined) throw new ApiFailure(404, 'NotFound', 'no such resource')
    const view = viewOf(seen)
    const write = {
      address,
      body: seen.body === '' ? undefined : (JSON.parse(seen.body) as unknown),
      contentType: seen.headers['content-type'] ?? '',
      dryRun: seen.query.get('dryRun') === 'All',
    }
    if (seen.method === 'POST') return { status: 201, body: view(create(store, write)) }
    if (seen.method === 'PUT' || seen.method === 'PATCH')
      return { status: 200, body: view(update(store, write)) }
    if (seen.method === 'DELETE') return { status: 200, body: view(remove(store, write)) }
    if (address.name !== undefined) return { status: 200, body: view(existing(store, address)) }
    const page = lists.page(
      address.collection,
      parseSelection(address.namespace, seen.query),
      seen.query,
    )
    return { status: 200, body: { ...page, items: page.items.map(view) } }
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const seen = await readRequest(request)
    requests.push(seen)
    const fault = decide?.(seen)
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'cutBefore') return void response.destroy()
    if (fault?.kind === 'answer') {
      response.writeHead(fault.status, fault.headers ?? {}).end(fault.body ?? '')
      return
    }
    try {
      if (seen.query.get('watch') === 'true') return watch(seen, response)
      const { status, body } = answer(seen)
      if (fault?.kind === 'cutAfter') return void response.destroy()
      sendJson(response, status, body)
    } catch (failure) {
      if (!(failure instanceof ApiFailure)) throw failure
      sendJson(response, failure.code, failure.toStatus())
    }
  }

  const server = createServer({ noDelay: true }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      sendJson(response, 500, {
        kind: 'Status',
        code: 500,
        reason: 'InternalError',
        message: String(error),
      })
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    requests,
    watches,
    setFault: (next) => {
      decide = next
    },
    setWatchList: (on) => {
      watchList = on
    },
    setChunkBytes: (bytes) => {
      chunkBytes = bytes
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const url = new URL(request.url ?? '/', 'http://fake')
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  }
}

/** Objects as the request's Accept header wants them: whole, or their metadata, with its fields in the order of Go's. */
function viewOf(seen: SeenRequest): (object: StoredObject) => unknown {
  if (!seen.headers.accept?.includes('as=PartialObjectMetadata')) return (object) => object
  return ({ metadata: { name, namespace, uid, resourceVersion, ...rest } }) => ({
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { name, namespace, uid, resourceVersion, ...rest },
  })
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
