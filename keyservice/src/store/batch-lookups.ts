import type { Lookup } from './port/lookup.ts'
import type { Store } from './port.ts'

interface Waiting {
  readonly hash: string
  readonly resolve: (found: Lookup | undefined) => void
  readonly reject: (error: unknown) => void
}

/** How lookups reach the database. */
export interface LookupQuery {
  /** Queries under way at most; what comes meanwhile gathers for the next. */
  readonly concurrency: number
  /** Finds what there is for each of these hashes, in their order; one may come twice. */
  readonly query: (hashes: readonly string[]) => Promise<readonly (Lookup | undefined)[]>
}

const largestBatch = 512

/**
 * Gathers the lookups of one turn of the event loop into one query. A lookup is only ever answered by a query that was
 * sent after it began: nothing that was revoked before can come back from it.
 */
export function batchLookups({ concurrency, query }: LookupQuery): Store['lookup'] {
  const waiting: Waiting[] = []
  let scheduled = false
  let underWay = 0

  const send = async () => {
    scheduled = false
    if (waiting.length === 0 || underWay >= concurrency) return
    const batch = waiting.splice(0, largestBatch)
    underWay++
    try {
      const found = await query(batch.map(({ hash }) => hash))
      for (const [index, { resolve }] of batch.entries()) resolve(found[index])
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      underWay--
      schedule()
    }
  }
  const schedule = () => {
    if (scheduled || waiting.length === 0) return
    scheduled = true
    setImmediate(send)
  }

  return (hash) =>
    new Promise((resolve, reject) => {
      waiting.push({ hash, resolve, reject })
      schedule()
    })
}
