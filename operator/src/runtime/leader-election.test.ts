import { describe, expect, test } from 'vitest'
import { ApiError } from './api-error.ts'
import type { KubeClient } from './client.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { createLeaderElection, LeadershipLostError } from './leader-election.ts'
import type { KubeObject } from './resource.ts'

type Spec = {
  readonly holderIdentity?: string
  readonly leaseTransitions?: number
  readonly renewTime?: string
}
type Lease = KubeObject & { readonly spec: Spec }

/** One Lease, guarded by its resourceVersion, that each candidate reaches through a connection of its own. */
function createLeaseServer() {
  let lease: Lease | undefined
  let revision = 0
  const broken = new Set<string>()

  const refuse = (status: number, reason: string) =>
    new ApiError(reason, { status, reason, outcome: 'refused', method: 'PUT', path: '/lease' })
  const store = (next: Lease): Lease => {
    revision += 1
    lease = { ...next, metadata: { ...next.metadata, resourceVersion: String(revision) } }
    return lease
  }
  const connect = (identity: string) => {
    const reach = async <T>(act: () => T, signal: AbortSignal | undefined): Promise<T> => {
      if (broken.has(identity)) {
        await new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('hangs')))
        })
      }
      return act()
    }
    const client = {
      get: (_resource: unknown, _name: unknown, options?: { signal?: AbortSignal }) =>
        reach(() => {
          if (lease === undefined) throw refuse(404, 'NotFound')
          return lease
        }, options?.signal),
      create: (_resource: unknown, object: KubeObject, options?: { signal?: AbortSignal }) =>
        reach(() => {
          if (lease !== undefined) throw refuse(409, 'AlreadyExists')
          return store(object as Lease)
        }, options?.signal),
      replace: (_resource: unknown, object: KubeObject, options?: { signal?: AbortSignal }) =>
        reach(() => {
          if (lease?.metadata.resourceVersion !== object.metadata.resourceVersion)
            throw refuse(409, 'Conflict')
          return store(object as Lease)
        }, options?.signal),
    }
    return client as unknown as Pick<KubeClient, 'get' | 'create' | 'replace'>
  }
  return {
    connect,
    lease: () => lease,
    touch: () => lease && store(lease),
    cut: (identity: string) => void broken.add(identity),
    heal: (identity: string) => void broken.delete(identity),
  }
}

function candidate(
  server: ReturnType<typeof createLeaseServer>,
  clock: FakeClock,
  identity: string,
) {
  const history: string[] = []
  const election = createLeaderElection({
    client: server.connect(identity),
    namespace: 'system',
    name: 'operator',
    identity,
    clock,
    random: () => 0,
    onAcquired: () => history.push('acquired'),
    onLost: () => history.push('lost'),
  })
  return { ...election, history }
}

function setUp() {
  const clock = createFakeClock()
  const server = createLeaseServer()
  return { clock, server, a: candidate(server, clock, 'a'), b: candidate(server, clock, 'b') }
}

describe('a leader election', () => {
  test('has one leader of two candidates', async () => {
    const { clock, a, b, server } = setUp()
    expect(() => a.fence()).toThrow(LeadershipLostError)
    a.start()
    b.start()
    await clock.advance(60_000)
    expect([a.isLeader(), b.isLeader()]).toEqual([true, false])
    expect(() => a.fence()).not.toThrow()
    expect(a.history).toEqual(['acquired'])
    expect(server.lease()?.spec.holderIdentity).toBe('a')
  })

  test('hands over within a retry period when the leader stops', async () => {
    const { clock, a, b, server } = setUp()
    a.start()
    await a.acquired()
    b.start()
    await clock.advance(5_000)
    const stopping = a.stop()
    expect(a.isLeader()).toBe(false)
    await clock.advance(0)
    await stopping
    expect(a.history).toEqual(['acquired', 'lost'])
    await clock.advance(2_000)
    expect(b.isLeader()).toBe(true)
    expect(server.lease()?.spec.leaseTransitions).toBe(1)
  })

  test('never has two leaders when one is cut off: the first steps down well before the other takes over', async () => {
    const { clock, a, b, server } = setUp()
    a.start()
    await a.acquired()
    b.start()
    await clock.advance(4_000)
    server.cut('a')
    let downAt: number | undefined
    let upAt: number | undefined
    for (let step = 0; step < 300; step += 1) {
      await clock.advance(100)
      expect(a.isLeader() && b.isLeader()).toBe(false)
      if (!a.isLeader()) downAt ??= clock.monotonic()
      if (b.isLeader()) upAt ??= clock.monotonic()
    }
    expect(downAt).toBeLessThanOrEqual(14_000)
    expect((upAt ?? 0) - (downAt ?? 0)).toBeGreaterThanOrEqual(4_000)
    expect(a.history).toEqual(['acquired', 'lost'])
  })

  test('closes the fence at the deadline, though no timer had a chance to run', async () => {
    const { clock, a } = setUp()
    let late = 0
    const election = createLeaderElection({
      client: createLeaseServer().connect('late'),
      namespace: 'system',
      name: 'operator',
      identity: 'late',
      clock: { ...clock, monotonic: () => clock.monotonic() + late },
    })
    election.start()
    await clock.advance(0)
    expect(() => election.fence()).not.toThrow()
    late = 10_000
    expect(() => election.fence()).toThrow(LeadershipLostError)
    expect(a.isLeader()).toBe(false)
  })

  test('leads again when the connection is back before another took over', async () => {
    const { clock, a, server } = setUp()
    a.start()
    await a.acquired()
    server.cut('a')
    await clock.advance(20_000)
    expect(a.isLeader()).toBe(false)
    server.heal('a')
    await clock.advance(10_000)
    expect(a.isLeader()).toBe(true)
    expect(a.history).toEqual(['acquired', 'lost', 'acquired'])
  })

  test('keeps leading when someone else writes to the Lease without taking it', async () => {
    const { clock, a, server } = setUp()
    a.start()
    await a.acquired()
    server.touch()
    await clock.advance(6_000)
    expect(a.isLeader()).toBe(true)
    expect(a.history).toEqual(['acquired'])
  })

  test('does not count a renewal that took as long as the deadline', async () => {
    const { clock, a, b, server } = setUp()
    a.start()
    await a.acquired()
    b.start()
    await clock.advance(0)
    server.cut('a')
    server.cut('b')
    await clock.advance(60_000)
    expect([a.isLeader(), b.isLeader()]).toEqual([false, false])
  })

  test('refuses times that leave no margin', () => {
    const { clock } = setUp()
    const options = {
      client: createLeaseServer().connect('x'),
      namespace: 'system',
      name: 'operator',
      identity: 'x',
      clock,
    }
    expect(() => createLeaderElection({ ...options, renewDeadlineMilliseconds: 15_000 })).toThrow(
      RangeError,
    )
    expect(() => createLeaderElection({ ...options, retryPeriodMilliseconds: 10_000 })).toThrow(
      RangeError,
    )
  })
})
