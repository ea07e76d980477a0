import {
  KeyError,
  type KeyState,
  type revokedOwnedBody,
  type revokeOwnedBody,
} from '@latchkey/core'
import type { z } from 'zod'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import type { StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'
import { requireReachOf } from './find-key.ts'
import { saveKey } from './save-key.ts'

const endable: readonly KeyState[] = ['pending', 'active', 'disabled']

/**
 * Ends every key of an owner that the caller may see, all in one transaction: for when a person leaves. `confirm` is the
 * number of keys that the caller has seen; if there are more or fewer by now, `Conflict` says how many, and nothing is
 * ended. The owner himself need not exist any more.
 */
export async function revokeOwned(
  service: Service,
  caller: Caller,
  { owner, confirm }: z.infer<typeof revokeOwnedBody>,
): Promise<z.infer<typeof revokedOwnedBody>> {
  requireRight(caller, 'writeApiKeys')
  return service.store.write(async (tables) => {
    const nowMs = service.clock()
    const keys = await ownedBy(tables, caller, owner, nowMs)
    if (keys.length !== confirm) {
      const message = `${owner} has ${keys.length} keys, not ${confirm}; look at them and confirm again`
      throw new KeyError('Conflict', message, { issues: [{ path: 'confirm', message }] })
    }
    for (const key of keys) {
      await saveKey(
        tables,
        key,
        { state: 'revoked', revokedMs: nowMs, pendingUntilMs: null },
        { actor: caller.actor, action: 'Revoked', nowMs, detail: { owner } },
      )
    }
    return { revoked: keys.map(({ id }) => id) }
  })
}

async function ownedBy(
  tables: Tables,
  caller: Caller,
  owner: string,
  nowMs: number,
): Promise<StoredKey[]> {
  const filter = {
    ...(caller.reach.kind === 'account' ? { account: caller.reach.account } : {}),
    ...(caller.space === null ? {} : { space: caller.space }),
    owner,
    nowMs,
    metadata: [],
  }
  const page = { by: 'createdMs', descending: false, limit: Number.MAX_SAFE_INTEGER } as const
  const owned: StoredKey[] = []
  for (const state of endable) {
    for (const { id } of await tables.keys.page({ ...filter, state }, page)) {
      const key = await tables.keys.lock(id)
      if (key === undefined || key.state !== state) continue
      requireReachOf(caller, key)
      owned.push(key)
    }
  }
  return owned
}
