// What the kubelet and Prometheus ask for.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Registry } from 'prom-client'

/** A cache whose state decides about health. */
export type WatchedCache = {
  readonly name: string
  readonly hasSynced: () => boolean
  readonly idleMilliseconds: () => number
}

/** Where to listen and what to watch. */
export type HealthOptions = {
  /** All interfaces unless told. */
  readonly host?: string
  /** 0 takes any free one. */
  readonly port: number
  readonly registry: Registry
  readonly caches: readonly WatchedCache[]
  /** Further conditions of readiness: a sentence about what is missing, or undefined. */
  readonly ready?: () => string | undefined
}

/** The running server. */
export type HealthServer = { readonly port: number; readonly close: () => Promise<void> }

/** A restart helps against a blocked loop and a stuck watch, never against an API server that is away. */
const MAXIMUM_LAG_MILLISECONDS = 5_000
/** An informer tries something at least every 90 s, whatever the API server does. */
const MAXIMUM_IDLE_MILLISECONDS = 300_000

/**
 * Serves `/metrics`, `/healthz` (200 unless the event loop was blocked for seconds since the last question, or a watch is
 * stuck) and `/readyz` (200 when all caches are synced; leading is not required).
 */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const delay = monitorEventLoopDelay({ resolution: 100 })
  delay.enable()

  const healthy = (): string | undefined => {
    const lag = delay.max / 1e6
    delay.reset()
    if (lag > MAXIMUM_LAG_MILLISECONDS)
      return `the event loop was blocked for ${Math.round(lag)} ms`
    const stuck = options.caches.find(
      ({ idleMilliseconds }) => idleMilliseconds() > MAXIMUM_IDLE_MILLISECONDS,
    )
    return stuck && `the watch of ${stuck.name} is stuck`
  }
  const ready = (): string | undefined => {
    const waiting = options.caches.find(({ hasSynced }) => !hasSynced())
    return waiting === undefined ? options.ready?.() : `${waiting.name} are being read`
  }
  const answer = async (path: string | undefined): Promise<Answer> => {
    if (path === '/metrics') {
      return {
        status: 200,
        type: options.registry.contentType,
        body: await options.registry.metrics(),
      }
    }
    if (path === '/healthz') return verdict(healthy())
    if (path === '/readyz') return verdict(ready())
    return { status: 404, type: TEXT, body: 'not found\n' }
  }

  const server = createServer((request, response) => {
    answer(request.url?.split('?')[0]).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      delay.disable()
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

const TEXT = 'text/plain; charset=utf-8'

type Answer = { readonly status: number; readonly type: string; readonly body: string }

function verdict(problem: string | undefined): Answer {
  const [status, body] = problem === undefined ? [200, 'ok'] : [503, problem]
  return { status, type: TEXT, body: `${body}\n` }
}
