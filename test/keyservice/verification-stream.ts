// Verifications without a pause, of keys that others issue and revoke meanwhile. Each is judged by what had been answered
// when it began and when it ended, which is exact: one process asks everything.

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Acknowledged } from './load.ts'
import type { IssuedKey, Replica } from './replica.ts'

/** Judged verifications, at whichever replicas are alive. */
export interface VerificationStream {
  /** What was answered otherwise than had been acknowledged before; a sentence each. */
  readonly wrong: readonly string[]
  /** Verifications that began after the answer to the revocation of their key, by replica. */
  readonly afterRevocation: ReadonlyMap<Replica, number>
  /** Asks about one key at each replica that is alive, now. */
  readonly askAll: (key: IssuedKey) => Promise<void>
  /** Asks about the recent keys, `workers` questions at a time at each replica, until told or until the replica is gone. */
  readonly run: (options: {
    readonly workers: number
    readonly until: () => boolean
  }) => Promise<void>
}

/** A stream over `alive`, from which a replica is taken out before it is killed: what it leaves unanswered proves nothing. */
export function verificationStream(
  alive: ReadonlySet<Replica>,
  { live, revoked, recent }: Acknowledged,
): VerificationStream {
  const wrong: string[] = []
  const afterRevocation = new Map<Replica, number>([...alive].map((replica) => [replica, 0]))

  async function ask(replica: Replica, { id, token }: IssuedKey): Promise<void> {
    const wasLive = live.has(id)
    const wasRevoked = revoked.has(id)
    let valid: boolean
    try {
      valid = await replica.verify(token)
    } catch (error) {
      if (alive.has(replica)) throw error
      return
    }
    if (wasRevoked) afterRevocation.set(replica, 1 + (afterRevocation.get(replica) ?? 0))
    if (wasRevoked && valid) wrong.push(`${id} was revoked and works`)
    if (wasLive && live.has(id) && !valid) wrong.push(`${id} was issued and does not work`)
  }

  return {
    wrong,
    afterRevocation,
    askAll: async (key) => {
      await Promise.all([...alive].map((replica) => ask(replica, key)))
    },
    run: async ({ workers, until }) => {
      const work = async (replica: Replica, first: number) => {
        for (let turn = first; alive.has(replica) && !until(); turn++) {
          const key = recent[turn % recent.length]
          await (key === undefined ? nextTurn() : ask(replica, key))
        }
      }
      await Promise.all(
        [...alive].flatMap((replica) =>
          Array.from({ length: workers }, (_, worker) => work(replica, worker)),
        ),
      )
    },
  }
}
