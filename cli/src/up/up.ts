// What `npm start` does: the parts in their order, then the table, then the news until somebody ends it.

import { mkdir } from 'node:fs/promises'
import { relative } from 'node:path'
import { writePrivateFile } from '@latchkey/controlplane'
import type { KubeClient, Manifest } from '@latchkey/operator'
import type { Cluster } from '../cluster/connect.ts'
import { consent, summary } from '../install/consent.ts'
import { install } from '../install/install.ts'
import { type Installation, installation } from '../install/installation.ts'
import { survey } from '../install/survey.ts'
import { aborted } from '../interruption.ts'
import type { UpOptions } from '../options.ts'
import type { Session } from '../session.ts'
import { eventLine } from '../show/event-line.ts'
import { follow } from '../show/follow.ts'
import { nextCommands } from '../show/next-commands.ts'
import { apiKeyTable } from '../show/table.ts'
import { applyExamples } from './apply-examples.ts'
import { localCluster } from './control-plane.ts'
import { envFile } from './env-file.ts'
import { type Examples, readExamples } from './examples.ts'
import { existingCluster } from './existing-cluster.ts'
import { type LocalKeyService, localKeyService } from './key-service.ts'
import { localOperator } from './operator.ts'
import { credentialSecret } from './operator-credential.ts'

/** How long a CRD may take until it is served. */
const installSeconds = 60

/** Starts everything and resolves when the session is to end; what runs then is the session's to stop. */
export async function up(session: Session, options: UpOptions): Promise<void> {
  const { folder, running, interruption, print, colors } = session
  if (options.fresh) await folder.forget()
  await mkdir(folder.logs, { recursive: true, mode: 0o700 })
  const local = options.kubeconfig === undefined
  const cluster = local
    ? await localCluster(session)
    : await existingCluster(session, options.kubeconfig)
  const keyService = await localKeyService(session)
  const examples = await readExamples(keyService.url)
  const served = options.namespaces?.includes(examples.namespace) ?? true
  const parts = await installation(cluster.client, options.namespaces)
  const approved = local
    ? { parts, examples }
    : await approve(session, cluster.client, options, { parts, examples })
  await installParts(session, cluster, approved.parts)
  await localOperator(session, cluster, options.namespaces)
  const apiKeys = served
    ? await applyExamples(session, cluster, keyService, approved.examples)
    : undefined
  await writeEnvFile(session, cluster, keyService)

  print('')
  if (apiKeys) {
    print(`${apiKeyTable(apiKeys, { now: new Date(), colors })}\n`)
    print(`${nextCommands(subject(session, examples), colors)}\n`)
  } else {
    print(`The examples need --namespaces with ${examples.namespace} among them.`)
    print(`For another terminal: . ${envPath(session)}\n`)
  }
  running.use(await follow(cluster.client, (happening) => print(eventLine(happening, colors))))
  print(colors.dim('What happens from now on; Ctrl-C stops everything.'))
  await aborted(interruption.signal)
}

interface Writes {
  readonly parts: Installation
  readonly examples: Examples
}

/**
 * In a cluster of somebody else's: says what will be written and asks where it would change what is not ours. A
 * namespace of theirs is used as it is: we must not take it away one day.
 */
async function approve(
  session: Session,
  client: KubeClient,
  options: UpOptions,
  { parts, examples }: Writes,
): Promise<Writes> {
  const all = [...parts.definitions, ...parts.rights, ...parts.policies]
  const rest = [
    ...examples.namespaces,
    credentialSecret({ namespace: examples.namespace, secret: examples.credential }),
    ...examples.workloads,
  ]
  const found = await survey(client, [...all, ...rest])
  session.print(`  Will be installed: ${summary(all)}`)
  session.print(`  The examples go into the namespace ${examples.namespace}`)
  const { terminal, interruption } = session
  const sentence = 'These objects exist already and are not ours; Latchkey would change them:'
  await consent(found.foreign, sentence, {
    yes: options.yes,
    terminal,
    signal: interruption.signal,
  })
  const isForeignNamespace = (manifest: Manifest) =>
    manifest.kind === 'Namespace' && found.foreign.includes(manifest)
  const keep = (manifests: readonly Manifest[]) =>
    manifests.filter((manifest) => !isForeignNamespace(manifest))
  return {
    parts: { ...parts, rights: keep(parts.rights) },
    examples: { ...examples, namespaces: keep(examples.namespaces) },
  }
}

async function installParts(
  { steps, interruption }: Session,
  { client }: Cluster,
  parts: Installation,
): Promise<void> {
  await steps('Installing the CRDs and the admission policies', async (report) => {
    await install(client, parts, { signal: interruption.signal, seconds: installSeconds })
    const policies = parts.policies.filter(({ kind }) => kind.endsWith('Policy')).length
    report.done(`${parts.definitions.length} CRDs and ${policies} admission policies installed`)
  })
}

async function writeEnvFile(
  { folder }: Session,
  { kubeconfigPath }: Cluster,
  { url, token }: LocalKeyService,
): Promise<void> {
  const text = envFile({
    kubeconfig: kubeconfigPath,
    endpoint: url,
    token: token.reveal(),
    bin: folder.bin,
  })
  await writePrivateFile(folder.env, text)
}

function subject(session: Session, { namespace, scopes }: Examples) {
  return { env: envPath(session), namespace, apiKey: 'analytics', scopes: scopes.slice(0, 2) }
}

function envPath({ folder }: Session): string {
  return relative(process.cwd(), folder.env)
}
