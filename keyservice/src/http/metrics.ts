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

export function metrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'latchkey_http_requests_total',
    help: 'Requests answered',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
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
  // Finding the numbers of a set of labels costs more than counting: they are found once.
  const found = new Map<
    string,
    { readonly count: () => void; readonly time: (s: number) => void }
  >()
  const numbers = (method: string, route: string, status: number) => {
    const name = `${method} ${route} ${status}`
    const known = found.get(name)
    if (known !== undefined) return known
    const counter = requests.labels(method, route, `${status}`)
    const histogram = seconds.labels(method, route)
    const fresh = { count: () => counter.inc(), time: (s: number) => histogram.observe(s) }
    found.set(name, fresh)
    return fresh
  }
  return {
    answered(method, route, status, duration) {
      const { count, time } = numbers(method, route, status)
      count()
      time(duration)
    },
    loginFailed: (way, reason) => failedLogins.inc({ way, reason }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}
