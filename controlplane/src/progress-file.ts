// Lets a process that waits for another one's build show that build's progress.
import { writeFileSync } from 'node:fs'
import { readIfPresent } from './private-file.ts'
import type { OnProgress, Progress } from './progress.ts'

/** Writes happen at most this often; thousands of packages need no thousands of writes. */
const intervalMilliseconds = 250

/** A listener that keeps the newest progress in the file. */
export function recordProgress(path: string): OnProgress {
  let lastWrite = Number.NEGATIVE_INFINITY
  return (progress) => {
    const now = performance.now()
    if (now - lastWrite < intervalMilliseconds) return
    lastWrite = now
    writeFileSync(path, JSON.stringify(progress))
  }
}

/** The progress in the file; undefined when there is none, or it is just being written. */
export async function readProgress(path: string): Promise<Progress | undefined> {
  const text = await readIfPresent(path)
  if (!text) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
