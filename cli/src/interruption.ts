/** Ctrl-C and its relatives, as the rest of the program wants to hear of them. */
export interface Interruption extends Disposable {
  /** Aborted when the program shall end. */
  readonly signal: AbortSignal
  /** Aborts the signal for a reason of our own; the error is what the program ends with. */
  readonly fail: (error: Error) => void
}

/**
 * One Ctrl-C reaches this process twice when npm started it: from the terminal, and passed on by npm. Only what comes
 * later than this is a second one.
 */
const echoMilliseconds = 700

/** How a shell reports a program that was ended by SIGINT. */
const interruptedCode = 130

/** Listens for SIGINT and SIGTERM: the first asks for an orderly end, a second ends the process at once, children included. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController()
  let firstAt: number | undefined
  const onSignal = () => {
    const now = performance.now()
    if (firstAt === undefined) {
      firstAt = now
      controller.abort(new Interrupted())
    } else if (now - firstAt > echoMilliseconds) {
      // Whoever has started processes kills them on "exit".
      process.exit(interruptedCode)
    }
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return {
    signal: controller.signal,
    fail: (error) => controller.abort(error),
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}

/** Why a program ended that somebody has asked to end. */
export class Interrupted extends Error {
  constructor() {
    super('Interrupted')
  }
}

/** Resolves when the signal is aborted, at once if it is already. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
