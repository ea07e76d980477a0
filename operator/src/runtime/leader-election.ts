// One of several replicas leads, by a Lease that it renews. The API server's clock is never compared with ours: a
// candidate waits until it has itself seen the Lease unchanged for a whole lease duration, and the leader considers itself
// deposed well before that, counted from before its last successful renewal was sent.

import { isAlreadyExists, isConflict, isNotFound } from './api-error.ts'
import type { KubeClient } from './client.ts'
import { type Clock, sleep, type Timer } from './clock.ts'
import { type Log, silentLog } from './log.ts'
import type { RuntimeMetrics } from './metrics.ts'
import { microTime } from './micro-time.ts'
import type { KubeObject, Resource } from './resource.ts'

/** The kind that elections are held with. */
export const leaseResource: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  namespaced: true,
}

/** This instance does not lead (any more): whatever needed the leadership must not happen. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError'
}

/** The Lease, the candidate, and the times (defaults: 15 s, 10 s, 2 s). */
export type LeaderElectionOptions = {
  /** Over connections of its own: `createKubeClient({ transport: { ...transport, send: transport.sendLease } })`. */
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace'>
  readonly namespace: string
  readonly name: string
  /** Unique per process, not per pod: a restarted container is another candidate. */
  readonly identity: string
  /** Others take over when they have seen no renewal for this long. */
  readonly leaseDurationMilliseconds?: number
  /** The leader steps down when it could not renew for this long; the rest is the safety margin. */
  readonly renewDeadlineMilliseconds?: number
  readonly retryPeriodMilliseconds?: number
  /** Called each time this instance starts to lead. */
  readonly onAcquired?: () => void
  /** Called each time it no longer does, on `stop` too. */
  readonly onLost?: () => void
  readonly clock: Clock
  readonly random?: () => number
  readonly log?: Log
  readonly metrics?: RuntimeMetrics | undefined
}

/** A candidate, and perhaps the leader. */
export type LeaderElection = {
  readonly start: () => void
  /**
   * Steps down at once, then hands the Lease back so that another replica leads within a retry period. Drain the work
   * before. Never rejects; a Lease that could not be handed back expires.
   */
  readonly stop: () => Promise<void>
  readonly isLeader: () => boolean
  /**
   * Call it right before everything that only the leader may do.
   * @throws LeadershipLostError unless this instance leads and will for the safety margin at least.
   */
  readonly fence: () => void
  /** Resolves as soon as this instance leads. */
  readonly acquired: () => Promise<void>
}

type Lease = KubeObject & {
  readonly spec?: {
    readonly holderIdentity?: string | null
    readonly leaseDurationSeconds?: number | null
    readonly acquireTime?: string | null
    readonly renewTime?: string | null
    readonly leaseTransitions?: number | null
  }
}

/** Creates a candidate; it stands after `start`. @throws RangeError when the times do not leave a margin. */
export function createLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const { client, clock, identity, name, namespace } = options
  const log = options.log ?? silentLog
  const random = options.random ?? Math.random
  const leaseDuration = options.leaseDurationMilliseconds ?? 15_000
  const renewDeadline = options.renewDeadlineMilliseconds ?? 10_000
  const retryPeriod = options.retryPeriodMilliseconds ?? 2_000
  if (renewDeadline >= leaseDuration || retryPeriod >= renewDeadline) {
    throw new RangeError('A lease needs retry period < renew deadline < lease duration')
  }
  const about = { lease: `${namespace}/${name}`, identity }

  const stopping = new AbortController()
  let loop: Promise<void> | undefined
  /** The Lease as we last wrote it, if it is ours as far as we know. */
  let held: Lease | undefined
  /** Another's Lease, and when we first saw that version of it. */
  let observed: { readonly resourceVersion: string | undefined; readonly at: number } | undefined
  let leading = false
  let deadline = Number.NEGATIVE_INFINITY
  let deposition: Timer | undefined
  let waiting: (() => void)[] = []

  const leads = () => leading && clock.monotonic() < deadline

  const renewed = (lease: Lease, sentAt: number) => {
    held = lease
    observed = undefined
    deadline = sentAt + renewDeadline
    deposition?.cancel()
    if (clock.monotonic() >= deadline) return stepDown()
    deposition = clock.setTimer(deadline - clock.monotonic(), stepDown)
    if (leading) return
    leading = true
    log.info(about, 'Leads')
    options.onAcquired?.()
    const released = waiting
    waiting = []
    for (const resolve of released) resolve()
  }

  const stepDown = () => {
    deposition?.cancel()
    if (!leading) return
    leading = false
    log.warn(about, 'Does not lead any more')
    options.onLost?.()
  }

  /** One call with a limit of its own: a hung one must leave time for another within the deadline. */
  const limited = async <T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const abort = new AbortController()
    const timer = clock.setTimer(renewDeadline / 2, () => abort.abort(new Error('took too long')))
    try {
      return await call(abort.signal)
    } finally {
      timer.cancel()
    }
  }

  const specOf = (former: Lease | undefined, now: string): Lease['spec'] => {
    const mine = former?.spec?.holderIdentity === identity
    const transitions = former?.spec?.leaseTransitions ?? 0
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(leaseDuration / 1000)),
      acquireTime: (mine ? former?.spec?.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: mine || former === undefined ? transitions : transitions + 1,
    }
  }

  const write = async (former: Lease | undefined) => {
    const sentAt = clock.monotonic()
    const spec = specOf(former, microTime(clock.now()))
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: former?.metadata ?? { namespace, name },
      spec,
    }
    const written = await limited((signal) =>
      former === undefined
        ? client.create<Lease>(leaseResource, lease, { signal })
        : client.replace<Lease>(leaseResource, lease, { signal }),
    )
    renewed(written, sentAt)
  }

  const look = async () => {
    const lease = await limited((signal) =>
      client.get<Lease>(leaseResource, { namespace, name }, { signal }),
    ).catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
    if (lease === undefined || isFree(lease)) await write(lease)
  }

  const isFree = (lease: Lease): boolean => {
    const holder = lease.spec?.holderIdentity
    if (!holder || holder === identity) return true
    const now = clock.monotonic()
    const resourceVersion = lease.metadata.resourceVersion
    if (observed === undefined || observed.resourceVersion !== resourceVersion) {
      observed = { resourceVersion, at: now }
    }
    const promised = (lease.spec?.leaseDurationSeconds ?? 0) * 1000
    return now - observed.at >= Math.max(promised, leaseDuration)
  }

  const attempt = async () => {
    try {
      if (held === undefined) await look()
      else await write(held)
    } catch (error) {
      // Someone else has written it: whose it is now, only a look can tell.
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) held = undefined
      log.warn({ ...about, err: error }, 'Cannot take or renew the lease')
    }
  }

  const run = async () => {
    while (!stopping.signal.aborted) {
      await attempt()
      await sleep(clock, retryPeriod * (leading ? 1 : 1 + random() / 5), stopping.signal)
    }
  }

  const release = async () => {
    const lease = held
    if (lease === undefined) return
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 }
    try {
      await limited((signal) =>
        client.replace(leaseResource, { ...lease, spec } as Lease, { signal }),
      )
    } catch (error) {
      log.warn({ ...about, err: error }, 'Cannot hand back the lease, it will expire')
    }
  }

  options.metrics?.leader(name, leads)
  return {
    start: () => {
      loop ??= run()
    },
    stop: async () => {
      stepDown()
      stopping.abort()
      await loop
      stepDown()
      await release()
    },
    isLeader: leads,
    fence: () => {
      if (!leads())
        throw new LeadershipLostError(`${identity} does not hold the lease ${namespace}/${name}`)
    },
    acquired: async () => {
      if (!leads()) await new Promise<void>((resolve) => waiting.push(resolve))
    },
  }
}
