import { setTimeout as wait } from 'node:timers/promises'

/** What a credential was used for. */
export interface Use {
  readonly credentialId: string
  lastUsedMs: number
  /** Most uses are of none. */
  scopes?: ScopeCount[]
}

interface ScopeCount {
  readonly scope: string
  uses: number
  lastUsedMs: number
}

/** One use in so many is drawn, to say where parts begin. */
const drawnOf = 25
/** Divided in one go, without stopping anything for long. */
const runLength = 1024
/** The caller of all verifications is among the last few. */
const lookedBack = 4

/**
 * Adds a use to a log. Who was used a moment ago is not written down again; that there is one entry for each credential is
 * left to `sortedParts`, since a map of a million of them costs more than finding them in the database.
 */
export function addUse(log: Use[], credentialId: string, scopes: readonly string[], nowMs: number) {
  const last = log.length - 1
  for (let index = last; index >= 0 && index > last - lookedBack; index--) {
    const use = log[index]
    if (use?.credentialId !== credentialId) continue
    use.lastUsedMs = nowMs
    countScopes(use, scopes, nowMs)
    log[index] = log[last] as Use
    log[last] = use
    return
  }
  const use: Use = { credentialId, lastUsedMs: nowMs }
  countScopes(use, scopes, nowMs)
  log.push(use)
}

function countScopes(use: Use, scopes: readonly string[], lastUsedMs: number): void {
  for (const scope of scopes) addCount(use, { scope, uses: 1, lastUsedMs })
}

function addCount(use: Use, count: Readonly<ScopeCount>): void {
  use.scopes ??= []
  const known = use.scopes.find(({ scope }) => scope === count.scope)
  if (known === undefined) {
    use.scopes.push({ ...count })
    return
  }
  known.uses += count.uses
  known.lastUsedMs = Math.max(known.lastUsedMs, count.lastUsedMs)
}

/**
 * The uses of a log, one for each credential, in the order of their ids, about `atOnce` at a time: sorting and writing a
 * hundred thousand of them at once would stop every verification. So a sample says which ids make a part, and each part is
 * sorted when its turn comes. Behind each part but the last it waits for `pause`, which is told how many there are. The log
 * stays as it is.
 */
export async function* sortedParts(
  log: readonly Use[],
  atOnce: number,
  pause: (parts: number) => Promise<void>,
): AsyncIterable<readonly Use[]> {
  const parts = (await divided(log, atOnce)).filter((part) => part.length > 0)
  for (const [index, part] of parts.entries()) {
    if (index > 0) await pause(parts.length)
    yield addedUp(part.sort(ascending))
  }
}

/** The uses by ranges of their ids. Drawn at random, so that no pattern of use makes a part large. */
async function divided(log: readonly Use[], atOnce: number): Promise<Use[][]> {
  const drawnInPart = Math.round(atOnce / drawnOf)
  const draw = () => log[Math.floor(Math.random() * log.length)]?.credentialId ?? ''
  const drawn = Array.from({ length: Math.ceil(log.length / drawnOf) }, draw)
  const bounds = drawn.sort().filter((_, index) => index % drawnInPart === drawnInPart - 1)
  const parts: Use[][] = Array.from({ length: bounds.length + 1 }, () => [])
  for (let from = 0; from < log.length; from += runLength) {
    for (const use of log.slice(from, from + runLength)) {
      parts[partOf(bounds, use.credentialId)]?.push(use)
    }
    await wait(0)
  }
  return parts
}

/** How many of the bounds, which are in order, do not come behind this id. */
function partOf(bounds: readonly string[], id: string): number {
  let from = 0
  let to = bounds.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((bounds[middle] as string) <= id) from = middle + 1
    else to = middle
  }
  return from
}

const ascending = (a: Use, b: Use) => {
  if (a.credentialId === b.credentialId) return 0
  return a.credentialId < b.credentialId ? -1 : 1
}

/** One use for each credential, of uses in the order of their ids. */
function addedUp(sorted: readonly Use[]): readonly Use[] {
  const uses: Use[] = []
  for (const use of sorted) {
    const before = uses.at(-1)
    if (before?.credentialId === use.credentialId) uses[uses.length - 1] = together(before, use)
    else uses.push(use)
  }
  return uses
}

function together(one: Use, other: Use): Use {
  const { credentialId } = one
  const sum: Use = { credentialId, lastUsedMs: Math.max(one.lastUsedMs, other.lastUsedMs) }
  for (const { scopes = [] } of [one, other]) for (const count of scopes) addCount(sum, count)
  return sum
}
