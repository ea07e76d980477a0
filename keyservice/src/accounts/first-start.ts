import { rm } from 'node:fs/promises'
import type { Service } from '../service.ts'
import {
  firstAccount,
  insertAdministrator,
  liveAdministrators,
  newAdministrator,
  writeCredential,
} from './administrator.ts'

/**
 * Gives an empty store its first account and an administrator's credential, which it writes to `file`, readable by its
 * owner alone. A store whose administrator works is left as it is; one whose administrator was lost, for example because
 * the token was reported as leaked, gets another. The file is written before the key is committed: a crash in between
 * leaves a file whose token does not work, and the next start writes it anew.
 */
export async function firstStart(service: Service, file: string): Promise<void> {
  const { store } = service
  const nowMs = service.clock()
  if ((await store.read((tables) => liveAdministrators(tables, nowMs, 1))).length > 0) return
  const made = newAdministrator(service, 'Made at a start that found no administrator', nowMs)
  await writeCredential(file, made.minted.credential)
  const isOurs = await store.write(async (tables) => {
    const first = await tables.idempotency.tryLock('first start')
    if (!first || (await liveAdministrators(tables, nowMs, 1)).length > 0) return false
    if ((await tables.accounts.find(firstAccount)) === undefined) {
      await tables.accounts.insert({
        id: firstAccount,
        displayName: 'Default',
        plan: service.rules.defaultPlan,
        scopes: null,
        subscriptionActive: true,
        createdMs: nowMs,
        deletedMs: null,
      })
    }
    await insertAdministrator(tables, made)
    return true
  })
  // Another replica was first: the token in this file is nobody's.
  if (!isOurs) await rm(file)
}
