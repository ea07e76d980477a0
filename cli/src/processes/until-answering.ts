import { setTimeout as sleep } from 'node:timers/promises'
import type { Program } from './start-program.ts'

const pollMilliseconds = 100

/**
 * Waits until a program answers 200 on this URL. Throws with the end of its log when it ends before, and with the
 * signal's reason when that is aborted.
 */
export async function untilAnswering(
  program: Program,
  url: string,
  signal: AbortSignal,
): Promise<void> {
  const exit = program.exited.then((how) => ({ how }))
  for (;;) {
    signal.throwIfAborted()
    if (await answers(url)) return
    const ended = await Promise.race([exit, sleep(pollMilliseconds)])
    if (ended !== undefined) throw await endedTooSoon(program, ended.how)
  }
}

/** What to say of a program that ended by itself. */
export async function endedTooSoon(program: Program, how: string): Promise<Error> {
  return new Error(
    `${capitalized(program.name)} ended by itself (${how}). The end of ${program.logPath}:\n${await program.tail()}`,
  )
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
