import { rename, rm } from 'node:fs/promises'
import { KeyError } from '@latchkey/core'
import { saveKey } from '../keys/save-key.ts'
import type { Service } from '../service.ts'
import type { Tables } from '../store/port.ts'
import {
  firstAccount,
  insertAdministrator,
  type NewAdministrator,
  newAdministrator,
  writeCredential,
} from './administrator.ts'

/** The administrator that there is now, and those that ended for it. */
export interface Replaced {
  readonly keyId: string
  readonly ended: readonly string[]
}

/**
 * Makes an administrator's credential in the place of one that was lost and still lives: every administrator there is ends
 * in the same transaction, and the audit trail tells of both. The new token is written beside `file` first and takes its
 * place once all is committed: whatever happens in between, a second run sets it right. The service may be running, or
 * stopped. Throws `Invalid` for a store that no service was ever started on.
 */
export async function replaceAdministrator(
  service: Pick<Service, 'store' | 'clock' | 'rules' | 'randomBytes' | 'hashes'>,
  file: string,
): Promise<Replaced> {
  const { store } = service
  if ((await store.read((tables) => tables.life.find())) === undefined) {
    throw new KeyError(
      'Invalid',
      'This store is new and has no administrator yet: start the key service, which makes one',
    )
  }
  const nowMs = service.clock()
  const made = newAdministrator(service, 'Made on the host in the place of the one before', nowMs)
  const beside = `${file}.${made.key.id}`
  await writeCredential(beside, made.minted.credential)
  try {
    const ended = await store.write((tables) => replaceAll(tables, made, nowMs))
    await rename(beside, file)
    return { keyId: made.key.id, ended }
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

/** Disabled ones too, since another administrator could enable them. */
async function replaceAll(
  tables: Tables,
  made: NewAdministrator,
  nowMs: number,
): Promise<readonly string[]> {
  if (!(await tables.idempotency.tryLock('first start'))) {
    throw new KeyError('Conflict', 'Somebody else makes an administrator at this moment; try again')
  }
  const known = await tables.keys.page(
    { account: firstAccount, platform: 'Administrator', nowMs, metadata: [] },
    { by: 'createdMs', descending: false, limit: Number.MAX_SAFE_INTEGER },
  )
  const ended: string[] = []
  for (const { id } of known) {
    const key = await tables.keys.lock(id)
    if (key === undefined || key.state === 'revoked') continue
    const change = { actor: 'system', action: 'Revoked', nowMs } as const
    const detail = { replacedBy: made.key.id }
    await saveKey(tables, key, { state: 'revoked', revokedMs: nowMs }, { ...change, detail })
    ended.push(id)
  }
  await insertAdministrator(tables, made, { replaces: ended })
  return ended
}
