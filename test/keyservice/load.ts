import type { IssuedKey, Replica } from './replica.ts'

/** What services have acknowledged: what must be true from then on. Of what was never answered, either outcome is right. */
export interface Acknowledged {
  readonly live: Map<string, IssuedKey>
  readonly revoked: Map<string, IssuedKey>
  /** The names that keys were given since their issue. */
  readonly names: Map<string, string>
  /** The keys of the last issues, whatever became of them. */
  readonly recent: IssuedKey[]
}

/** Nothing acknowledged yet. */
export function nothingAcknowledged(): Acknowledged {
  return { live: new Map(), revoked: new Map(), names: new Map(), recent: [] }
}

const recentAtMost = 32

/**
 * Issues, renames and revokes at one replica, `workers` at a time, and writes down what was answered, until the replica is
 * gone or `until` says so. Each answered revocation is followed by `afterRevocation`. Answers with what ended workers before.
 */
export async function load(
  replica: Replica,
  acknowledged: Acknowledged,
  options: {
    readonly workers: number
    readonly until: () => boolean
    readonly afterRevocation?: (key: IssuedKey) => Promise<void>
  },
): Promise<readonly string[]> {
  const { live, revoked, names, recent } = acknowledged
  const work = async () => {
    for (let turn = 0; !options.until(); turn++) {
      const key = await replica.issue()
      live.set(key.id, key)
      recent.push(key)
      if (recent.length > recentAtMost) recent.shift()
      if (turn % 4 === 0) continue
      if (turn % 4 === 2) {
        await replica.rename(key.id, `turn ${turn}`)
        names.set(key.id, `turn ${turn}`)
        continue
      }
      live.delete(key.id)
      await replica.revoke(key.id)
      revoked.set(key.id, key)
      await options.afterRevocation?.(key)
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: options.workers }, work))
  return ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))
}

/** What a service says otherwise than was acknowledged; empty when no write was lost. */
export async function lostWrites(
  replica: Replica,
  { live, revoked, names }: Acknowledged,
): Promise<readonly string[]> {
  const lost: string[] = []
  const look = async (key: IssuedKey, expected: boolean) => {
    if ((await replica.verify(key.token)) !== expected) {
      lost.push(`${key.id} ${expected ? 'was issued and does not work' : 'was revoked and works'}`)
    }
  }
  await Promise.all([...live.values()].map((key) => look(key, true)))
  await Promise.all([...revoked.values()].map((key) => look(key, false)))
  await Promise.all(
    [...names].map(async ([id, name]) => {
      if ((await replica.nameOf(id)) !== name) lost.push(`${id} was renamed and has another name`)
    }),
  )
  return lost
}
