import { createInterface } from 'node:readline/promises'
import type { Manifest } from '@latchkey/operator'

/** Who is asked, and how. */
export interface Asking {
  readonly yes: boolean
  /** Whether somebody sits at a terminal. */
  readonly terminal: boolean
  readonly signal: AbortSignal
}

/**
 * Returns when there is nothing of somebody else's, or when it may be changed. Throws a sentence that names those objects
 * when it may not, or when there is nobody to ask.
 */
export async function consent(
  foreign: readonly Manifest[],
  sentence: string,
  asking: Asking,
): Promise<void> {
  if (foreign.length === 0 || asking.yes) return
  const names = foreign.map((manifest) => `  ${describe(manifest)}`).join('\n')
  const what = `${sentence}\n${names}`
  if (!asking.terminal) {
    throw new Error(`${what}\nThere is no terminal to ask on: add --yes to agree.`)
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await lines.question(`${what}\nGo on? [y/N] `, asking)
    if (!/^y(es)?$/i.test(answer.trim())) throw new Error('Nothing was changed')
  } finally {
    lines.close()
  }
}

/** How many objects of each kind, in words: `3 CustomResourceDefinitions, 1 Namespace`. */
export function summary(manifests: readonly Manifest[]): string {
  const kinds = Map.groupBy(manifests, ({ kind }) => kind)
  return [...kinds]
    .map(([kind, { length }]) => `${length} ${length === 1 ? kind : plural(kind)}`)
    .join(', ')
}

function describe({ kind, metadata }: Manifest): string {
  const { namespace, name } = metadata
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`
}

function plural(kind: string): string {
  return kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`
}
