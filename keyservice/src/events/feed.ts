import type { JournalHead } from '../store/port/journal.ts'

/** Tells those who follow the journal when it has grown, whoever wrote: this replica or another. */
export interface Feed {
  /**
   * Resolves as soon as the journal is no longer where `position` says, or after `waitMs`, or when the signal or the end
   * of the service cuts it short.
   */
  beyond(position: JournalHead, waitMs: number, signal: AbortSignal): Promise<void>
  /** This replica has written: look at once. */
  nudge(): void
  /** Set once the service stops: streams end. */
  readonly ended: boolean
  /** Ends every wait. Safe to repeat. */
  close(): void
}

interface Waiting {
  readonly position: JournalHead
  readonly wake: () => void
}

/**
 * Looks at the head of the journal every `pollMs`, which is what other replicas' writes wait for, and after each nudge.
 * While nobody waits, it asks nothing. One look serves all who wait.
 */
export function openFeed(head: () => Promise<JournalHead>, pollMs: number): Feed {
  const waiting = new Set<Waiting>()
  let looking = false
  let again = false
  let ended = false

  const look = async () => {
    again = true
    if (looking) return
    looking = true
    while (again && waiting.size > 0) {
      again = false
      // A store that does not answer now is asked again by the next poll; nobody misses anything by that.
      const now = await head().catch(() => undefined)
      for (const { position, wake } of waiting) {
        if (now && (now.number !== position.number || now.life !== position.life)) wake()
      }
    }
    looking = false
  }
  const timer = setInterval(() => void look(), pollMs)
  timer.unref()

  return {
    beyond(position, waitMs, signal) {
      if (ended || signal.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const wake = () => {
          waiting.delete(entry)
          clearTimeout(patience)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        const entry = { position, wake }
        const patience = setTimeout(wake, waitMs)
        signal.addEventListener('abort', wake)
        waiting.add(entry)
        // What was nudged while nobody waited was not looked at.
        if (again) void look()
      })
    },
    nudge: () => void look(),
    get ended() {
      return ended
    },
    close() {
      ended = true
      clearInterval(timer)
      for (const { wake } of waiting) wake()
    },
  }
}
