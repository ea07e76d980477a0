// Leaves keys and Secrets working and takes the declarations away: nothing may revoke or collect them afterwards.

import {
  apiKeys,
  inUseFinalizer,
  isConflict,
  type KubeClient,
  type KubeObject,
  managedBy,
  managedByLabel,
  type Resource,
  revokeFinalizer,
  secrets,
} from '@latchkey/operator'
import { ignoreNotFound } from '../cluster/apply.ts'
import { listAll } from '../cluster/list-all.ts'
import type { StepReport } from '../show/steps.ts'

/**
 * Takes the owner references off our Secrets, then our finalizer off the ApiKeys, then the ApiKeys away: in this order a
 * run that is cut off leaves nothing that the garbage collector would take. No operator may run meanwhile. Safe to
 * repeat.
 */
export async function letGoAll(client: KubeClient, report: StepReport): Promise<void> {
  const owners = await listAll<KubeObject>(client, apiKeys)
  const uids = new Set(owners.map(({ metadata }) => metadata.uid))
  const labelSelector = `${managedByLabel}=${managedBy}`
  let kept = 0
  for (const secret of await listAll<KubeObject>(client, secrets, {
    labelSelector,
    metadataOnly: true,
  })) {
    const references = secret.metadata.ownerReferences ?? []
    const others = references.filter(({ uid }) => !uids.has(uid))
    if (others.length === references.length) continue
    await change(client, secrets, secret, () => ({ ownerReferences: others }))
    kept += 1
  }
  for (const owner of owners) {
    await dropFinalizer(client, apiKeys, owner, revokeFinalizer)
    const { namespace, name = '' } = owner.metadata
    await client.delete(apiKeys, { namespace, name }).catch(ignoreNotFound)
  }
  report.done(`${owners.length} ApiKeys let go; ${kept} Secrets and their keys stay as they are`)
}

/** Takes our hold off an object that is not needed any more, or whose operator is gone. */
export async function dropInUse(
  client: KubeClient,
  resource: Resource,
  object: KubeObject,
): Promise<void> {
  await dropFinalizer(client, resource, object, inUseFinalizer)
}

async function dropFinalizer(
  client: KubeClient,
  resource: Resource,
  object: KubeObject,
  finalizer: string,
): Promise<void> {
  if (!object.metadata.finalizers?.includes(finalizer)) return
  await change(client, resource, object, ({ finalizers = [] }) => ({
    finalizers: finalizers.filter((name) => name !== finalizer),
  }))
}

const attempts = 5

/** Changes metadata of the version that was read, and reads again when somebody else was faster. */
async function change(
  client: KubeClient,
  resource: Resource,
  object: KubeObject,
  decide: (metadata: KubeObject['metadata']) => object,
): Promise<void> {
  const { namespace, name = '' } = object.metadata
  let { metadata } = object
  for (let attempt = 1; ; attempt += 1) {
    const patch = { metadata: { ...decide(metadata), resourceVersion: metadata.resourceVersion } }
    try {
      await client.mergePatch(resource, { namespace, name }, patch, { metadataOnly: true })
      return
    } catch (error) {
      if (!isConflict(error) || attempt === attempts) return ignoreNotFound(error)
      const again = await client.get(resource, { namespace, name }, { metadataOnly: true })
      metadata = again.metadata
    }
  }
}
