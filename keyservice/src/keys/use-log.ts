import { setTimeout as wait } from 'node:timers/promises'
import type { ScopeUse } from '../store/port/usage.ts'

/** What a credential was used for. */
export interface Use {
  readonly credentialId: string
  lastUsedMs: number
  /** Most uses are of none. */
  scopes: readonly ScopeCount[]
}

type ScopeCount = Omit<ScopeUse, 'credentialId'>

/** Sorted in one go, without stopping anything for long. */
const runLength = 8192
const partSize = 500
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
    if (scopes.length > 0) use.scopes = addScopes(use.scopes, counted(scopes, nowMs))
    log[index] = log[last] as Use
    log[last] = use
    return
  }
  log.push({ credentialId, lastUsedMs: nowMs, scopes: counted(scopes, nowMs) })
}

/**
 * The uses of a log, one for each credential, in the order of their ids, a few at a time: sorting and writing a hundred
 * thousand of them at once would stop every verification. Behind each part but the last it waits for `pause`, which is
 * told how many there are at most. The log stays as it is.
 */
export async function* sortedParts(
  log: readonly Use[],
  pause: (parts: number) => Promise<void>,
): AsyncIterable<readonly Use[]> {
  const parts = Math.ceil(log.length / partSize)
  const runs: Use[][] = []
  for (let from = 0; from < log.length; from += runLength) {
    runs.push(log.slice(from, from + runLength).sort(descending))
    await wait(0)
  }
  for (let part = nextPart(runs); part.length > 0; ) {
    yield part
    part = nextPart(runs)
    if (part.length > 0) await pause(parts)
  }
}

const descending = (a: Use, b: Use) => {
  if (a.credentialId === b.credentialId) return 0
  return a.credentialId < b.credentialId ? 1 : -1
}

/** Takes the next uses out of runs, each of which has its first one at the end. */
function nextPart(runs: readonly Use[][]): readonly Use[] {
  const part: Use[] = []
  for (let run = leastRun(runs); run !== undefined; run = leastRun(runs)) {
    const use = run.at(-1) as Use
    const before = part.at(-1)
    if (before?.credentialId === use.credentialId) part[part.length - 1] = together(before, use)
    else if (part.length < partSize) part.push(use)
    else break
    run.pop()
  }
  return part
}

/** The run whose first use comes before those of the others. */
function leastRun(runs: readonly Use[][]): Use[] | undefined {
  let least: Use[] | undefined
  for (const run of runs) {
    const first = run.at(-1)
    const found = least?.at(-1)
    if (first === undefined) continue
    if (found === undefined || first.credentialId < found.credentialId) least = run
  }
  return least
}

function together(one: Use, other: Use): Use {
  return {
    credentialId: one.credentialId,
    lastUsedMs: Math.max(one.lastUsedMs, other.lastUsedMs),
    scopes: addScopes(one.scopes, other.scopes),
  }
}

function addScopes(
  counts: readonly ScopeCount[],
  more: readonly ScopeCount[],
): readonly ScopeCount[] {
  if (more.length === 0) return counts
  const sum = [...counts]
  for (const { scope, uses, lastUsedMs } of more) {
    const index = sum.findIndex((count) => count.scope === scope)
    const known = sum[index]
    if (known === undefined) sum.push({ scope, uses, lastUsedMs })
    else {
      sum[index] = {
        scope,
        uses: known.uses + uses,
        lastUsedMs: Math.max(known.lastUsedMs, lastUsedMs),
      }
    }
  }
  return sum
}

function counted(scopes: readonly string[], lastUsedMs: number): readonly ScopeCount[] {
  if (scopes.length === 0) return none
  return addScopes(
    none,
    scopes.map((scope) => ({ scope, uses: 1, lastUsedMs })),
  )
}

const none: readonly ScopeCount[] = []
