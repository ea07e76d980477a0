import { expirationTime, KeyError, scopeSet, toExpiration } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import type { KeyPlatform, StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'
import { requireGrantable } from './grant.ts'
import type { CreateKey, Issued } from './issue.ts'
import { type Minted, mint, newId } from './mint.ts'
import { toRecord } from './record.ts'
import { requireRoom } from './room.ts'
import { insertKey } from './save-key.ts'

/** Writes a new key and its token, within a transaction. */
export async function newKey(
  service: Service,
  tables: Tables,
  caller: Caller,
  body: CreateKey,
  makeToken: (keyId: string, nowMs: number) => Minted = (keyId, nowMs) =>
    mint(service, keyId, nowMs),
): Promise<Issued> {
  const nowMs = service.clock()
  const platform = platformOf(caller, body)
  const wished = { account: caller.account, platform }
  const account = await requireRoom(tables, service.rules, wished, nowMs)
  const scopes = scopeSet(body.scopes ?? [])
  requireGrantable(service.rules, caller, account, scopes)

  const key: StoredKey = {
    id: newId(service, 'apiKey'),
    account: account.id,
    space: await spaceOf(service, tables, caller, body),
    owner: await ownerOf(tables, caller, body),
    displayName: body.displayName,
    description: body.description ?? null,
    scopes,
    metadata: body.metadata ?? {},
    state: body.pending === true ? 'pending' : 'active',
    stateReason: null,
    stateMessage: null,
    platform,
    createdMs: nowMs,
    activatedMs: body.pending === true ? null : nowMs,
    pendingUntilMs: body.pending === true ? nowMs + service.rules.pendingSeconds * 1000 : null,
    expiresMs: expirationOf(body, nowMs),
    revokedMs: null,
    version: 1,
  }
  const minted = makeToken(key.id, nowMs)
  await insertKey(tables, key, {
    actor: caller.actor,
    action: 'Issued',
    nowMs,
    detail: {
      displayName: key.displayName,
      scopes,
      credentialId: minted.stored.id,
      ...(platform ? { platform: true } : {}),
    },
  })
  await tables.credentials.insert(minted.stored)
  return {
    key: toRecord(service.rules, key, [minted.stored], nowMs),
    credentialId: minted.stored.id,
    credential: minted.credential,
  }
}

/** The instant at which the wished expiration ends the key; `ExpirationInPast` when that is over already. */
export function expirationOf(body: Pick<CreateKey, 'expiration'>, nowMs: number): number | null {
  if (body.expiration === undefined) return null
  const end = expirationTime(toExpiration(body.expiration), new Date(nowMs)).getTime()
  if (end > nowMs) return end
  throw new KeyError(
    'ExpirationInPast',
    'The expiration lies in the past; the key would never work',
    {
      issues: [{ path: 'expiration', message: 'must lie in the future' }],
    },
  )
}

async function spaceOf(
  { rules }: Service,
  tables: Tables,
  caller: Caller,
  body: CreateKey,
): Promise<string | null> {
  const id = body.space ?? caller.space
  if (id === null) {
    if (!rules.keys.spaceRequired || body.platform === true) return null
    throw new KeyError('Invalid', 'Every key belongs to a space; name one', {
      issues: [{ path: 'space', message: 'must be given' }],
    })
  }
  const space = await tables.spaces.find(id)
  const usable =
    space !== undefined &&
    space.removedMs === null &&
    space.account === caller.account &&
    (caller.space === null || caller.space === id)
  if (usable) return id
  throw new KeyError(
    'SpaceNotFound',
    `There is no space ${id} in account ${caller.account} for you`,
    {
      issues: [{ path: 'space', message: 'must be a space of the account' }],
    },
  )
}

/**
 * A platform credential is made by one, which reaches over all accounts itself, and lives in that one's own account: in
 * another it would end with it, and be seen by it.
 */
function platformOf(caller: Caller, body: CreateKey): KeyPlatform {
  if (body.platform !== true) return false
  if (!caller.platform || caller.reach.kind !== 'all') {
    throw new KeyError(
      'Forbidden',
      'Only a platform credential, sent without x-account-id, makes another: leave platform out',
      { issues: [{ path: 'platform', message: 'cannot be granted' }] },
    )
  }
  if (body.space === undefined) return 'Scoped'
  throw new KeyError('Invalid', 'A platform credential belongs to no space: leave space out', {
    issues: [{ path: 'space', message: 'must be left out with platform' }],
  })
}

/** The creator, unless another owner is named, which needs a right of its own. */
async function ownerOf(tables: Tables, caller: Caller, body: CreateKey): Promise<string | null> {
  if (body.owner === undefined || body.owner === caller.userId) return caller.userId ?? null
  requireRight(caller, 'assignOwners')
  const owner = await tables.users.find(body.owner)
  if (owner !== undefined && owner.removedMs === null && owner.account === caller.account) {
    return owner.id
  }
  throw new KeyError('Invalid', `There is no user ${body.owner} in account ${caller.account}`, {
    issues: [{ path: 'owner', message: 'must be a user of the account' }],
  })
}
