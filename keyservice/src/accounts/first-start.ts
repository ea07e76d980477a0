import { chmod, rm, writeFile } from 'node:fs/promises'
import { credentialParts } from '@latchkey/core'
import { serviceRights } from '../auth/right.ts'
import { mint, newId } from '../keys/mint.ts'
import { insertKey } from '../keys/save-key.ts'
import type { Service } from '../service.ts'
import type { Tables } from '../store/port.ts'

/** The account that every new store has, and that the administrator's credential belongs to. */
export const firstAccount = 'default'

/**
 * Gives an empty store its first account and an administrator's credential, which it writes to `file`, readable by its
 * owner alone. A store whose administrator works is left as it is; one whose administrator was lost, for example because
 * the token was reported as leaked, gets another. The file is written before the key is committed: a crash in between
 * leaves a file whose token does not work, and the next start writes it anew.
 */
export async function firstStart(service: Service, file: string): Promise<void> {
  const { store } = service
  const nowMs = service.clock()
  if (await store.read((tables) => hasAdministrator(tables, nowMs))) return
  const keyId = newId(service, 'apiKey')
  const minted = mint(service, keyId, nowMs)
  await writeCredential(file, credentialParts(minted.credential))
  const made = await store.write(async (tables) => {
    const first = await tables.idempotency.tryLock('first start')
    if (!first || (await hasAdministrator(tables, nowMs))) return false
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
    await insertKey(
      tables,
      {
        id: keyId,
        account: firstAccount,
        space: null,
        owner: null,
        displayName: 'Administrator',
        description: 'Made at a start that found no administrator',
        scopes: serviceRights.map(({ name }) => name),
        metadata: {},
        state: 'active',
        stateReason: null,
        platform: 'Administrator',
        createdMs: nowMs,
        activatedMs: nowMs,
        pendingUntilMs: null,
        expiresMs: null,
        revokedMs: null,
        version: 1,
      },
      { actor: 'system', action: 'Issued', nowMs },
    )
    await tables.credentials.insert(minted.stored)
    return true
  })
  // Another replica was first: the token in this file is nobody's.
  if (!made) await rm(file)
}

/** The oldest is looked for, so that one look is enough as long as it works. */
async function hasAdministrator(tables: Tables, nowMs: number): Promise<boolean> {
  const found = await tables.keys.page(
    { account: firstAccount, platform: 'Administrator', state: 'active', nowMs, metadata: [] },
    { by: 'createdMs', descending: false, limit: 1 },
  )
  return found.length > 0
}

/** A single token is the whole file; a pair is two lines, the key and its secret. */
async function writeCredential(
  file: string,
  parts: Readonly<Record<string, string>>,
): Promise<void> {
  await writeFile(file, `${Object.values(parts).join('\n')}\n`, { mode: 0o600 })
  await chmod(file, 0o600)
}
