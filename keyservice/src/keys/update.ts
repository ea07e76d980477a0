import type { KeyRecord, updateKeyBody } from '@latchkey/core'
import { KeyError, scopeSet } from '@latchkey/core'
import type { z } from 'zod'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import { mutableFields } from '../presets/product-settings.ts'
import type { Service } from '../service.ts'
import type { StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'
import { lockKey } from './find-key.ts'
import { requireGrantable, requireRightsOf } from './grant.ts'
import { expirationOf } from './new-key.ts'
import { requireNotItself } from './own-key.ts'
import { toRecord } from './record.ts'
import { saveKey } from './save-key.ts'
import { requireAlive } from './state.ts'

export type UpdateKey = z.infer<typeof updateKeyBody>

/** Changes what the body names: what is absent stays, `null` removes. A change to what is there already is none. */
export async function updateKey(
  service: Service,
  caller: Caller,
  keyId: string,
  body: UpdateKey,
): Promise<KeyRecord> {
  requireRight(caller, 'writeApiKeys')
  return service.store.write(async (tables) => {
    const nowMs = service.clock()
    const key = await lockKey(tables, caller, keyId)
    requireAlive(key, nowMs)
    const fields = await changedFields(service, tables, caller, key, body, nowMs)
    const names = Object.keys(fields)
    const saved =
      names.length === 0
        ? key
        : await saveKey(tables, key, fields, {
            actor: caller.actor,
            action: 'Updated',
            nowMs,
            detail: fields,
          })
    return toRecord(service.rules, saved, await tables.credentials.ofKeys([keyId]), nowMs)
  })
}

async function changedFields(
  service: Service,
  tables: Tables,
  caller: Caller,
  key: StoredKey,
  body: UpdateKey,
  nowMs: number,
): Promise<Partial<StoredKey>> {
  const wished: Partial<StoredKey> = {
    ...(body.displayName === undefined ? {} : { displayName: body.displayName }),
    ...(body.description === undefined ? {} : { description: body.description }),
    ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
    ...(body.scopes === undefined ? {} : { scopes: scopeSet(body.scopes) }),
    ...(body.expiration === undefined ? {} : { expiresMs: newExpiration(body, nowMs) }),
  }
  const fields = Object.fromEntries(
    Object.entries(wished).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(key[name as keyof StoredKey]),
    ),
  ) as Partial<StoredKey>

  requireMutable(service, key, fields)
  if (fields.scopes !== undefined) {
    requireLimited(key)
    await requireNewScopes(service, tables, caller, key, fields.scopes)
  }
  if (fields.expiresMs !== undefined) {
    if (endsLater(fields.expiresMs, key.expiresMs)) requireRightsOf(caller, key)
    else requireNotItself(caller, key)
  }
  return fields
}

const storedNames = {
  displayName: 'displayName',
  description: 'description',
  scopes: 'scopes',
  expiration: 'expiresMs',
} as const

/** What this service fixes at creation stays as it is. */
function requireMutable({ rules }: Service, key: StoredKey, fields: Partial<StoredKey>): void {
  const fixed = mutableFields
    .filter((field) => !rules.keys.mutable.includes(field))
    .filter((field) => Object.hasOwn(fields, storedNames[field]))
  if (fixed.length === 0) return
  throw new KeyError(
    'Invalid',
    `Here a key keeps its ${fixed.join(' and ')}; issue a new key instead of changing ${key.id}`,
    { issues: fixed.map((path) => ({ path, message: 'cannot be changed at this service' })) },
  )
}

/** An administrator has every right, whatever its scopes say: a change of them would do nothing. */
function requireLimited({ id, platform }: StoredKey): void {
  if (platform !== 'Administrator') return
  throw new KeyError(
    'Invalid',
    `Key ${id} is an administrator’s, which has every right; issue a key with the scopes that you want`,
    { issues: [{ path: 'scopes', message: 'cannot be changed for an administrator' }] },
  )
}

/** Scopes that the key has already may stay, whoever asks; taking some away needs no right of theirs. */
async function requireNewScopes(
  service: Service,
  tables: Tables,
  caller: Caller,
  key: StoredKey,
  scopes: readonly string[],
): Promise<void> {
  const account = await tables.accounts.find(key.account)
  if (account === undefined)
    throw new KeyError('AccountNotFound', `There is no account ${key.account}`)
  const added = scopes.filter((scope) => !key.scopes.includes(scope))
  requireGrantable(service.rules, caller, account, added, scopes)
}

function newExpiration(body: UpdateKey, nowMs: number): number | null {
  return body.expiration ? expirationOf({ expiration: body.expiration }, nowMs) : null
}

function endsLater(wished: number | null, present: number | null): boolean {
  if (present === null) return false
  return wished === null || wished > present
}
