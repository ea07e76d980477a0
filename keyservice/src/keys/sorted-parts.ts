import { setTimeout as wait } from 'node:timers/promises'

/** Sorted in one go, without stopping anything for long. */
const runLength = 8192
const partSize = 500

/**
 * The entries of a map in the order of their names, a few at a time: sorting and writing a hundred thousand of them at once
 * would stop every verification. Behind each part but the last it waits for `pause`, which is told how many there are in
 * all. The map may lose entries that were given already.
 */
export async function* sortedParts<T>(
  map: ReadonlyMap<string, T>,
  pause: (parts: number) => Promise<void>,
): AsyncIterable<[string, T][]> {
  const parts = Math.ceil(map.size / partSize)
  const runs: string[][] = []
  for (const names = map.keys(); ; await wait(0)) {
    const run = take(names, runLength)
    if (run.length > 0) runs.push(run.sort().reverse())
    if (run.length < runLength) break
  }
  const names = merge(runs)
  for (;;) {
    const part = take(names, partSize).map((name): [string, T] => [name, map.get(name) as T])
    if (part.length > 0) yield part
    if (part.length < partSize) return
    await pause(parts)
  }
}

function take<T>(from: Iterator<T>, count: number): T[] {
  const taken: T[] = []
  while (taken.length < count) {
    const { done, value } = from.next()
    if (done) break
    taken.push(value)
  }
  return taken
}

/** The names of all runs in order; each run has its smallest at the end, and is used up. */
function* merge(runs: string[][]): Generator<string> {
  for (;;) {
    let least: string[] | undefined
    for (const run of runs) {
      const first = run.at(-1)
      if (first === undefined) continue
      if (least === undefined || first < (least.at(-1) ?? '')) least = run
    }
    const name = least?.pop()
    if (name === undefined) return
    yield name
  }
}
