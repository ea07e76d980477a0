import { createTransport, type Transport } from '../../../operator/src/runtime/transport.ts'
import { startTestCluster } from '../../e2e/cluster.ts'
import { clusterTransport } from '../../e2e/cluster-transport.ts'
import { widgetDefinition } from '../../e2e/widgets.ts'
import { plainAccess } from '../../fakes/api-server/plain-access.ts'
import { startFakeApiServer } from '../../fakes/api-server/start.ts'

/** An API server that is asked. */
export interface Subject {
  readonly transport: Transport
  readonly stop: () => Promise<void>
}

/** The fake, and the real one that it stands in for. */
export const subjects: readonly {
  readonly name: string
  readonly start: () => Promise<Subject>
}[] = [
  {
    name: 'the fake',
    start: async () => {
      const server = await startFakeApiServer()
      return { transport: createTransport(plainAccess(server.url)), stop: server.close }
    },
  },
  {
    name: 'the real one',
    start: async () => {
      const cluster = await startTestCluster({ install: 'nothing' })
      await cluster.apply([widgetDefinition])
      await cluster.kubectl('wait', '--for=condition=Established', 'crd/widgets.runtime.test')
      return { transport: clusterTransport(cluster), stop: cluster.stop }
    },
  },
]
