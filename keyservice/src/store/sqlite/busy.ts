import { setTimeout as wait } from 'node:timers/promises'

const busy = 5
const waitMs = 20

/**
 * Does something again while another connection has the file. SQLite's own waiting would stop the whole process, and a
 * holder in the same process with it; so connections wait hardly at all, and the waiting is done here.
 */
export async function whileBusy<T>(work: () => T | Promise<T>, patienceMs = 30_000): Promise<T> {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw error
      await wait(waitMs)
    }
  }
}

/** SQLite's code is in the low byte; the rest tells which kind of busy it was. */
export function isBusy(error: unknown): boolean {
  const code = (error as { readonly errcode?: unknown }).errcode
  return typeof code === 'number' && (code & 0xff) === busy
}
