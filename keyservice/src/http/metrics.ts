import type { Reason } from '@latchkey/core'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { LoginWith } from '../auth/login.ts'

/** The numbers of the service, one registry per instance. */
export interface Metrics {
  /** A request was answered. `route` is the pattern, so that ids do not become labels. */
  answered(method: string, route: string, status: number, seconds: number): void
  /** A login was refused. Never by name: who fails where is in the audit trail. */
  loginFailed(way: LoginWith['kind'], reason: Reason): void
  readonly contentType: string
  text(): Promise<string>
}

/** The numbers of one set of labels. */
interface Numbers {
  untold: number
  readonly count: (value: number) => void
  readonly time: (seconds: number) => void
}

export function metrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  // prom-client makes a text of the labels at each addition, which costs as much as a lookup: it is told when somebody asks.
  const found = new Map<string, Numbers>()
  const requests = new Counter({
    name: 'latchkey_http_requests_total',
    help: 'Requests answered',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
    collect() {
      for (const numbers of found.values()) {
        numbers.count(numbers.untold)
        numbers.untold = 0
      }
    },
  })
  const failedLogins = new Counter({
    name: 'latchkey_failed_logins_total',
    help: 'Logins refused: Unauthorized were wrong, TooManyRequests came too fast',
    labelNames: ['way', 'reason'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'latchkey_http_request_duration_seconds',
    help: 'Time from the request to its answer',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  })
  const numbersOf = (method: string, route: string, status: number): Numbers => {
    const name = `${method} ${route} ${status}`
    const known = found.get(name)
    if (known !== undefined) return known
    const counter = requests.labels(method, route, `${status}`)
    const histogram = seconds.labels(method, route)
    const fresh = {
      untold: 0,
      count: (value: number) => counter.inc(value),
      time: (duration: number) => histogram.observe(duration),
    }
    found.set(name, fresh)
    return fresh
  }
  return {
    answered(method, route, status, duration) {
      const numbers = numbersOf(method, route, status)
      numbers.untold++
      numbers.time(duration)
    },
    loginFailed: (way, reason) => failedLogins.inc({ way, reason }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}
