import type { IssuedKey, Replica } from './replica.ts'

/** What services have acknowledged: what must be true from then on. Of what was never answered, either outcome is right. */
export interface Acknowledged {
  readonly live: Map<string, IssuedKey>
  readonly revoked: Map<string, IssuedKey>
}

/** Nothing acknowledged yet. */
export function nothingAcknowledged(): Acknowledged {
  return { live: new Map(), revoked: new Map() }
}

/**
 * Issues and revokes at one replica, `workers` at a time, and writes down what was answered, until the replica is gone or
 * `until` says so. Each answered revocation is followed by `afterRevocation`.
 */
export async function load(
  replica: Replica,
  acknowledged: Acknowledged,
  options: {
    readonly workers: number
    readonly until: () => boolean
    readonly afterRevocation?: (key: IssuedKey) => Promise<void>
  },
): Promise<void> {
  const { live, revoked } = acknowledged
  const work = async () => {
    for (let turn = 0; !options.until(); turn++) {
      const key = await replica.issue()
      live.set(key.id, key)
      if (turn % 2 === 0) continue
      live.delete(key.id)
      await replica.revoke(key.id)
      revoked.set(key.id, key)
      await options.afterRevocation?.(key)
    }
  }
  await Promise.allSettled(Array.from({ length: options.workers }, work))
}

/** What a service says otherwise than was acknowledged; empty when no write was lost. */
export async function lostWrites(
  replica: Replica,
  { live, revoked }: Acknowledged,
): Promise<readonly string[]> {
  const lost: string[] = []
  const look = async (key: IssuedKey, expected: boolean) => {
    if ((await replica.verify(key.token)) !== expected) {
      lost.push(`${key.id} ${expected ? 'was issued and does not work' : 'was revoked and works'}`)
    }
  }
  await Promise.all([...live.values()].map((key) => look(key, true)))
  await Promise.all([...revoked.values()].map((key) => look(key, false)))
  return lost
}
