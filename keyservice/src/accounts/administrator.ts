import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Credential, credentialParts } from '@latchkey/core'
import { serviceRights } from '../auth/right.ts'
import type { KeyServiceConfig } from '../config.ts'
import { type Minted, mint, newId } from '../keys/mint.ts'
import { insertKey } from '../keys/save-key.ts'
import type { Service } from '../service.ts'
import type { StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'

/** The account that every new store has, and that the administrator's credential belongs to. */
export const firstAccount = 'default'

/** Where the administrator's credential is left. */
export function administratorFile({ dataFolder }: Pick<KeyServiceConfig, 'dataFolder'>): string {
  return join(dataFolder, 'admin-credential')
}

/** An administrator's key that was not written yet, with its token. */
export interface NewAdministrator {
  readonly key: StoredKey
  readonly minted: Minted
}

/** Makes one. `description` says to who lists keys how it came to be. */
export function newAdministrator(
  service: Pick<Service, 'rules' | 'randomBytes' | 'hashes'>,
  description: string,
  nowMs: number,
): NewAdministrator {
  const id = newId(service, 'apiKey')
  const key: StoredKey = {
    id,
    account: firstAccount,
    space: null,
    owner: null,
    displayName: 'Administrator',
    description,
    scopes: serviceRights.map(({ name }) => name),
    metadata: {},
    state: 'active',
    stateReason: null,
    stateMessage: null,
    platform: 'Administrator',
    createdMs: nowMs,
    activatedMs: nowMs,
    pendingUntilMs: null,
    expiresMs: null,
    revokedMs: null,
    version: 1,
  }
  return { key, minted: mint(service, id, nowMs) }
}

/** Writes it, within a transaction. */
export async function insertAdministrator(
  tables: Tables,
  { key, minted }: NewAdministrator,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await insertKey(tables, key, { actor: 'system', action: 'Issued', nowMs: key.createdMs, detail })
  await tables.credentials.insert(minted.stored)
}

/**
 * Administrators that work, the oldest first; up to `limit`, so that one look is enough for who wants to know whether there
 * is one.
 */
export function liveAdministrators(
  tables: Tables,
  nowMs: number,
  limit: number,
): Promise<StoredKey[]> {
  return tables.keys.page(
    { account: firstAccount, platform: 'Administrator', state: 'active', nowMs, metadata: [] },
    { by: 'createdMs', descending: false, limit },
  )
}

/**
 * Leaves a credential in a file that its owner alone can read. A single token is the whole file; a pair is two lines, the
 * key and its secret.
 */
export async function writeCredential(file: string, credential: Credential): Promise<void> {
  const lines = Object.values(credentialParts(credential))
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  await chmod(file, 0o600)
}
