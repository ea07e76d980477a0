import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createKubeClient } from '../../operator/src/runtime/client.ts'
import { systemClock } from '../../operator/src/runtime/clock.ts'
import {
  createLeaderElection,
  type LeaderElection,
  leaseResource,
} from '../../operator/src/runtime/leader-election.ts'
import type { KubeObject } from '../../operator/src/runtime/resource.ts'
import type { Transport } from '../../operator/src/runtime/transport.ts'
import { startTestCluster, type TestCluster } from './cluster.ts'
import { clusterTransport } from './cluster-transport.ts'

let cluster: TestCluster
const running: { readonly transport: Transport; readonly election: LeaderElection }[] = []

beforeAll(async () => {
  cluster = await startTestCluster({ install: 'nothing' })
})
afterEach(async () => {
  for (const { election, transport } of running.splice(0)) {
    await election.stop()
    await transport.close()
  }
})
afterAll(() => cluster?.stop())

/** A candidate with short times, and what became of it. */
function stand(name: string, identity: string) {
  const transport = clusterTransport(cluster)
  const lost = Promise.withResolvers<void>()
  const history: string[] = []
  const client = createKubeClient({
    transport: { ...transport, send: transport.sendLease },
    clock: systemClock(),
  })
  const election = createLeaderElection({
    client,
    namespace: 'default',
    name,
    identity,
    leaseDurationMilliseconds: 3_000,
    renewDeadlineMilliseconds: 2_000,
    retryPeriodMilliseconds: 300,
    clock: systemClock(),
    onAcquired: () => history.push('acquired'),
    onLost: () => {
      history.push('lost')
      lost.resolve()
    },
  })
  running.push({ transport, election })
  election.start()
  return { ...election, client, history, lost: lost.promise }
}

test('one of two candidates leads, and the other takes over when it stops', async () => {
  const first = stand('handed-over', 'first')
  await first.acquired()
  const second = stand('handed-over', 'second')
  expect([first.isLeader(), second.isLeader()]).toEqual([true, false])
  await first.stop()
  expect(() => first.fence()).toThrow()
  await second.acquired()
  type Lease = KubeObject & { readonly spec: object }
  const lease = await second.client.get<Lease>(leaseResource, {
    namespace: 'default',
    name: 'handed-over',
  })
  expect(lease.spec).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 })
})

test('a leader that cannot reach the API server steps down, and one leads when it is back', async () => {
  const first = stand('cut-off', 'first')
  await first.acquired()
  const second = stand('cut-off', 'second')
  const { apiServer } = cluster.controlPlane.components
  apiServer.kill('SIGSTOP')
  try {
    await first.lost
    expect([first.isLeader(), second.isLeader()]).toEqual([false, false])
  } finally {
    apiServer.kill('SIGCONT')
  }
  await Promise.race([first.acquired(), second.acquired()])
  expect([first.isLeader(), second.isLeader()].filter(Boolean)).toHaveLength(1)
})
