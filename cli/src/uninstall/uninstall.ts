// `npm start -- --uninstall`: takes Latchkey out of a cluster, stage by stage (removal-order.ts).

import { mkdir } from 'node:fs/promises'
import { apiKeys, type KubeClient, type Manifest, namespaces } from '@latchkey/operator'
import { apply } from '../cluster/apply.ts'
import type { Cluster } from '../cluster/connect.ts'
import { resourceOf } from '../cluster/kinds.ts'
import { listAll } from '../cluster/list-all.ts'
import type { Patience } from '../cluster/until.ts'
import { consent } from '../install/consent.ts'
import { untilEstablished } from '../install/install.ts'
import { installation } from '../install/installation.ts'
import { isOurs } from '../install/survey.ts'
import type { UninstallOptions } from '../options.ts'
import type { Session } from '../session.ts'
import { localCluster } from '../up/control-plane.ts'
import { existingCluster } from '../up/existing-cluster.ts'
import { localKeyService } from '../up/key-service.ts'
import { keyServiceClient } from '../up/key-service-client.ts'
import { type LocalOperator, localOperator } from '../up/operator.ts'
import { operatorMetadata } from '../up/operator-credential.ts'
import { letGoAll } from './let-go.ts'
import { refuseRunningOperator } from './refuse-running-operator.ts'
import { removalOrder, type Stage } from './removal-order.ts'
import { removeKeyServices } from './remove-key-services.ts'
import { listOurs, removeLabelled } from './remove-labelled.ts'
import { removeNamespaces } from './remove-namespaces.ts'
import { revokeAll } from './revoke-all.ts'

/** How long things take to go that nothing holds. */
const removalSeconds = 60
/** How long an operator may take to let the key services go. */
const releaseSeconds = 20

/** Takes everything of ours out of the cluster. Safe to repeat: it continues what was cut off. */
export async function uninstall(session: Session, options: UninstallOptions): Promise<void> {
  const { folder, print } = session
  await mkdir(folder.logs, { recursive: true, mode: 0o700 })
  const cluster =
    options.kubeconfig === undefined
      ? await localCluster(session)
      : await existingCluster(session, options.kubeconfig)
  if (!(await isInstalled(cluster.client))) {
    print('There is nothing of Latchkey in this cluster.')
    return
  }
  if (options.keep) await refuseRunningOperator(cluster, new Date())
  await askAboutApiKeys(session, cluster.client, options)
  const helpers = options.keep ? undefined : await startHelpers(session, cluster, options)
  for (const stage of removalOrder) await go(stage, { session, cluster, helpers })
}

/** What revoking needs. */
interface Helpers {
  readonly operator: LocalOperator
  /** Revokes the operator's own credential at the bundled key service. */
  readonly retire: () => Promise<void>
}

async function startHelpers(
  session: Session,
  cluster: Cluster,
  { namespaces: limits }: UninstallOptions,
): Promise<Helpers> {
  const { client } = cluster
  const service = keyServiceClient(await localKeyService(session))
  const { definitions, rights } = await installation(client, limits)
  // An uninstall that was cut off may have taken some of these away, and the operator needs them to revoke.
  await apply(client, [...definitions, ...rights], session.interruption.signal)
  for (const definition of definitions) {
    await untilEstablished(client, definition, patienceOf(session, removalSeconds))
  }
  const { metadata } = await client.get(namespaces, { name: 'kube-system' })
  return {
    operator: await localOperator(session, cluster, limits),
    retire: async () => {
      const keyIds = await service.list(operatorMetadata(metadata.uid ?? ''))
      for (const keyId of keyIds) await service.revoke(keyId)
    },
  }
}

interface Removal {
  readonly session: Session
  readonly cluster: Cluster
  /** None when the keys are to be left working. */
  readonly helpers: Helpers | undefined
}

async function go(stage: Stage, { session, cluster, helpers }: Removal): Promise<void> {
  const { steps, interruption } = session
  const { client } = cluster
  const patience = patienceOf(session, removalSeconds)
  switch (stage.kind) {
    case 'objects':
      return steps(`Removing ${stage.title}`, async (report) => {
        const count = await removeLabelled(client, stage, patience)
        report.done(`Removed ${stage.title} (${count})`)
      })
    case 'apiKeys':
      return helpers
        ? steps('Revoking every key', (report) => revokeAll(client, report, interruption.signal))
        : steps('Letting the keys go', (report) => letGoAll(client, report))
    case 'keyServices':
      return steps('Removing the key services', async (report) => {
        const seconds = helpers ? releaseSeconds : 0
        const count = await removeKeyServices(client, patienceOf(session, seconds))
        report.done(`Removed the key services (${count})`)
      })
    case 'operator':
      await helpers?.retire()
      return helpers?.operator.stop()
    case 'namespaces':
      return steps('Removing the namespaces', async (report) => {
        const { removed, kept, going } = await removeNamespaces(client, patience)
        report.done(
          [
            `Removed the namespaces (${removed.length})`,
            ...kept.map((name) => `${name} stays: it holds Secrets that stay`),
            ...going.map((name) => `${name} is still on its way out`),
          ].join('; '),
        )
      })
  }
}

function patienceOf({ interruption }: Session, seconds: number): Patience {
  return { signal: interruption.signal, seconds }
}

async function isInstalled(client: KubeClient): Promise<boolean> {
  const kinds = removalOrder.flatMap((stage) => (stage.kind === 'objects' ? stage.kinds : []))
  for (const kind of kinds) {
    const found = await listOurs(client, resourceOf({ ...kind, metadata: {} }))
    if (found.length > 0) return true
  }
  return (await listOurs(client, namespaces)).length > 0
}

/** ApiKeys that others have declared are theirs: their keys do not end without a yes. */
async function askAboutApiKeys(
  { terminal, interruption }: Session,
  client: KubeClient,
  { kubeconfig, yes, keep }: UninstallOptions,
): Promise<void> {
  if (kubeconfig === undefined) return
  const found = await listAll<Manifest>(client, apiKeys)
  const foreign = found
    .filter((apiKey) => !isOurs(apiKey))
    .map((apiKey) => ({ ...apiKey, kind: 'ApiKey' }))
  const what = keep ? 'removed, with their keys left working' : 'revoked and removed'
  await consent(foreign, `These ApiKeys of others will be ${what}:`, {
    yes,
    terminal,
    signal: interruption.signal,
  })
}
