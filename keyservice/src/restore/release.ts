import { KeyError, randomBase62 } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import type { Service } from '../service.ts'
import type { StoredLife } from '../store/port/life.ts'
import type { Tables } from '../store/port.ts'

/** Throws unless the caller is an administrator, and the store was restored and nobody has decided yet. */
export async function requireRestored(
  tables: Tables,
  caller: Caller,
): Promise<StoredLife & { readonly restored: NonNullable<StoredLife['restored']> }> {
  requireAdministrator(caller)
  const life = await tables.life.find()
  if (life === undefined || life.restored === null) {
    throw new KeyError('Conflict', 'The store is not waiting for a decision about a restore')
  }
  return { ...life, restored: life.restored }
}

/** Throws unless the caller is an administrator, and not confined to an account. */
export function requireAdministrator(caller: Caller): void {
  if (caller.platform === 'Administrator' && caller.reach.kind === 'all') return
  throw new KeyError('Forbidden', 'This needs the administrator’s credential, without x-account-id')
}

/**
 * Begins a new life of the store, within the transaction of the decision: it verifies again, every cursor of before is
 * gone, and so is every session, since nobody knows which had ended. The marker outside follows after the commit; a
 * crash in between leaves the store waiting once more.
 */
export async function beginNewLife(
  service: Service,
  tables: Tables,
  caller: Caller,
  detail: Readonly<Record<string, unknown>>,
): Promise<string> {
  const life = randomBase62(16, service.randomBytes)
  await tables.endings.endSessions()
  await tables.life.save({ life, home: await tables.life.home(), restored: null })
  await tables.journal.append({
    timeMs: service.clock(),
    account: caller.home,
    space: null,
    actor: caller.actor,
    action: 'StoreReleased',
    subjectKind: 'store',
    subject: life,
    version: 0,
    detail,
  })
  return life
}

/** Brings the marker to the new life. */
export async function markNewLife({ store, marker }: Service): Promise<void> {
  await marker.write(await store.read((tables) => tables.journal.head()))
}
