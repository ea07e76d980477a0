/** Runs one thing at a time, in the order of the calls: whoever wants to write waits here, and not in SQLite, which stops the process. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>

export function takeTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work, work)
    last = mine
    return mine
  }
}
