import { createHttp } from '@latchkey/core'
import type { OpenHttp, Transport } from '@latchkey/operator'

/** Counts what one operator asks of the world. */
export interface CallCounter {
  readonly transport: Transport
  readonly openHttp: OpenHttp
  /** Calls so far: to the API server about objects of this namespace, and to the key service at this URL. */
  readonly callsOf: (namespace: string, serviceUrl: string | undefined) => number
}

/** Ports that count, over the real ones. */
export function createCallCounter(transport: Transport): CallCounter {
  const counts = new Map<string, number>()
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  return {
    transport: {
      ...transport,
      send(request) {
        count(/\/namespaces\/([^/?]+)/.exec(request.path)?.[1] ?? '')
        return transport.send(request)
      },
    },
    openHttp(options) {
      const { send, stream, close } = createHttp(options)
      return {
        send(request) {
          count(options.url)
          return send(request)
        },
        stream,
        close,
      }
    },
    callsOf: (namespace, serviceUrl = '') =>
      (counts.get(namespace) ?? 0) + (counts.get(serviceUrl) ?? 0),
  }
}
