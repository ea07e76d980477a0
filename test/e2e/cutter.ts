// Cuts an operator off from the world at one exact call, as a crash would: in front of it, after its effect, or after its
// answer. It sits on the two ports that every external call goes through, so that a call added later is cut as well.

import { createHttp } from '@latchkey/core'
import type { OpenHttp, Transport } from '@latchkey/operator'

/** Where a call is cut. */
export type CutPoint = 'before it is sent' | 'after its effect' | 'after its answer'

export const cutPoints: readonly CutPoint[] = [
  'before it is sent',
  'after its effect',
  'after its answer',
]

/** Which call, counted from 0 since `arm`, and where. */
export interface Cut {
  readonly call: number
  readonly point: CutPoint
}

/** The two ports of one operator, recorded and cut. */
export interface Cutter {
  readonly transport: Transport
  readonly openHttp: OpenHttp
  /** Starts to count, and to cut if asked to. */
  readonly arm: (cut?: Cut) => void
  /** The calls since `arm`, such as `PUT /apis/…/status`. */
  readonly calls: () => readonly string[]
  /** Resolves when the cut has happened; from then on the operator is dead to the world. */
  readonly tripped: Promise<void>
  /** Ends the calls that hang since the cut, so that the dead operator can be cleared away. */
  readonly bury: () => void
}

/** Ports over `transport`; the key service's connections are the real ones too. */
export function createCutter(transport: Transport): Cutter {
  let armed = false
  let dead = false
  let cut: Cut | undefined
  const calls: string[] = []
  let trip: () => void = () => undefined
  const tripped = new Promise<void>((resolve) => {
    trip = resolve
  })

  const grave = Promise.withResolvers<never>()
  grave.promise.catch(() => undefined)

  async function pass<T>(method: string, path: string, send: () => Promise<T>): Promise<T> {
    if (dead) return grave.promise
    if (!armed || isAside(path)) return send()
    const mine = cut?.call === calls.length ? cut.point : undefined
    calls.push(`${method} ${nameless(path)}`)
    if (mine === 'before it is sent') return die()
    const answer = await send()
    if (dead || mine === 'after its effect') return die()
    if (mine === 'after its answer') {
      // The caller gets its answer, and nothing that it does with it reaches the world any more.
      dead = true
      trip()
    }
    return answer
  }

  function die(): Promise<never> {
    dead = true
    trip()
    return grave.promise
  }

  return {
    transport: {
      ...transport,
      send: (request) => pass(request.method, request.path, () => transport.send(request)),
      sendLease: (request) => (dead ? grave.promise : transport.sendLease(request)),
      stream: (request) => (dead ? grave.promise : transport.stream(request)),
    },
    openHttp(options) {
      const { send, stream, close } = createHttp(options)
      return {
        send: (request) => pass(request.method, request.path, () => send(request)),
        stream: (request, signal) => (dead ? grave.promise : stream(request, signal)),
        close,
      }
    },
    arm(wanted) {
      armed = true
      cut = wanted
    },
    calls: () => calls,
    tripped,
    bury: () => grave.reject(new Error('This process is gone')),
  }
}

/** Events are told beside the work and in no order with it. */
function isAside(path: string): boolean {
  return path.startsWith('/apis/events.k8s.io/')
}

/** The call without the names of this run, so that two recordings compare. */
function nameless(path: string): string {
  return path
    .replace(/\?.*$/, '')
    .replace(/apiKey-[A-Za-z0-9]+/, '{id}')
    .replace(/(secrets|apikeys)\/[^/]+/, (whole, kind) =>
      whole.endsWith('{id}') ? whole : `${kind}/{name}`,
    )
}
