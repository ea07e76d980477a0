// Looks before anything is written: which objects of ours a cluster has already, and which of them somebody else put there.

import { type KubeClient, type KubeObject, type Manifest, partOfLatchkey } from '@latchkey/operator'
import { fieldManager, find } from '../cluster/apply.ts'
import { placeOf } from '../cluster/kinds.ts'

/** What stands in a cluster under the names that we are about to write. */
export interface Survey {
  readonly missing: readonly Manifest[]
  readonly ours: readonly Manifest[]
  /** Somebody else's, and a write would change it. */
  readonly foreign: readonly Manifest[]
}

type Standing = keyof Survey

/** Reads every object of the list, and asks with dry runs what a write would change. Nothing is changed. */
export async function survey(client: KubeClient, manifests: readonly Manifest[]): Promise<Survey> {
  const found: Record<Standing, Manifest[]> = { missing: [], ours: [], foreign: [] }
  for (const manifest of manifests) {
    found[await standingOf(client, manifest)].push(manifest)
  }
  return found
}

/** Whether we made it: it carries our label, or was written under our name. */
export function isOurs({ metadata }: KubeObject): boolean {
  const labels = metadata.labels ?? {}
  return Object.entries(partOfLatchkey).every(([name, value]) => labels[name] === value)
}

async function standingOf(client: KubeClient, manifest: Manifest): Promise<Standing> {
  const present = await find(client, manifest)
  if (present === undefined) return 'missing'
  if (isOurs(present) && managedByUs(present)) return 'ours'
  return isOurs(present) && !(await wouldChange(client, manifest, present)) ? 'ours' : 'foreign'
}

/** Somebody may have installed Latchkey by other means, perhaps another version of it. */
function managedByUs({ metadata }: KubeObject): boolean {
  const { managedFields = [] } = metadata as {
    readonly managedFields?: readonly { readonly manager?: string }[]
  }
  return managedFields.some(({ manager }) => manager === fieldManager)
}

/** The API server counts the generation up when, and only when, a write changes what the object means. */
async function wouldChange(
  client: KubeClient,
  manifest: Manifest,
  present: KubeObject,
): Promise<boolean> {
  const answer = await client.serverSideApply(placeOf(manifest).resource, manifest, {
    fieldManager,
    force: true,
    dryRun: true,
  })
  return answer.metadata.generation !== present.metadata.generation
}
