/** Does the work for every item, sixteen at a time: enough to keep two cores busy, without a thousand connections. */
export async function inTurns<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = items[Symbol.iterator]()
  const worker = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}
