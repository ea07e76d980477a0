import { KeyError, scopeSet, type setLoginBody } from '@latchkey/core'
import type { z } from 'zod'
import { lockLiveAccount } from '../accounts/live-account.ts'
import { requireGrantable } from '../keys/grant.ts'
import type { Service } from '../service.ts'
import type { StoredLogin } from '../store/port/logins.ts'
import type { StoredUser } from '../store/port/users.ts'
import type { Tables } from '../store/port.ts'
import { unauthorized } from './authenticate.ts'
import type { Caller } from './caller.ts'
import { endLogin } from './end-login.ts'
import { countTry, noteFailure } from './failed-logins.ts'
import { requireAccountManager } from './manage-account.ts'
import { fitsPassword, hashPassword } from './password.ts'
import { missingScopes } from './right.ts'

/**
 * Lets a user log in, or changes how: by an administrator of the account, who must have every right that the user has or
 * gets, since he could log in himself with the password that he sets. The user's sessions end.
 */
export async function setLogin(
  service: Service,
  caller: Caller,
  userId: string,
  body: z.infer<typeof setLoginBody>,
): Promise<void> {
  requireAccountManager(caller)
  const passwordHash = await service.passwordTurns.take(() =>
    hashPassword(body.password, service.randomBytes),
  )
  await service.store.write(async (tables) => {
    const nowMs = service.clock()
    const account = await lockLiveAccount(tables, caller.account)
    const user = await findUser(tables, caller, userId)
    const before = await tables.logins.find(userId)
    requireRightsOfLogin(caller, userId, before)
    const scopes = body.scopes === undefined ? (before?.scopes ?? []) : scopeSet(body.scopes)
    requireGrantable(service.rules, caller, account, scopes)
    await tables.logins.save({ userId, passwordHash, scopes, changedMs: nowMs })
    await tables.logins.succeed(userId)
    await tables.sessions.endOfUser(userId, nowMs)
    await journal(tables, caller.actor, user, 'LoginSet', nowMs, { scopes })
  })
}

/**
 * Throws `ScopeNotGranted` unless the caller has every right that the user has so far, also where he gives him fewer: whoever
 * sets the password of a stronger user would take his place.
 */
function requireRightsOfLogin(
  caller: Caller,
  userId: string,
  before: Pick<StoredLogin, 'scopes'> | undefined,
): void {
  const missing = missingScopes(caller.rights, before?.scopes ?? [])
  if (missing.length === 0) return
  throw new KeyError(
    'ScopeNotGranted',
    `User ${userId} has rights that you do not have (${missing.join(', ')}): only who has them sets his password`,
  )
}

/** Ends a user's logging in, and his sessions at once. Safe to repeat. */
export async function removeLogin(service: Service, caller: Caller, userId: string): Promise<void> {
  requireAccountManager(caller)
  await service.store.write(async (tables) => {
    const nowMs = service.clock()
    await lockLiveAccount(tables, caller.account)
    const user = await findUser(tables, caller, userId)
    if ((await tables.logins.find(userId)) === undefined) return
    await endLogin(tables, userId, nowMs)
    await journal(tables, caller.actor, user, 'LoginRemoved', nowMs, {})
  })
}

/** A user changes his password, in a session of his own. His sessions end, this one too. */
export async function changePassword(
  service: Service,
  caller: Caller,
  body: PasswordChange,
): Promise<void> {
  const userId = caller.session?.userId
  if (!userId) throw new KeyError('Forbidden', 'Only a user who logged in changes his password')
  await service.passwordTurns.take(() => replacePassword(service, caller, userId, body))
}

interface PasswordChange {
  readonly currentPassword: string
  readonly password: string
}

async function replacePassword(
  service: Service,
  caller: Caller,
  userId: string,
  body: PasswordChange,
): Promise<void> {
  const { before, tries } = await service.store.write(async (tables) => ({
    tries: await countTry(tables, userId, service.clock()),
    before: await tables.logins.find(userId),
  }))
  if ((await fitsPassword(body.currentPassword, before?.passwordHash)) === 'Differs') {
    await noteFailure(service, { id: userId, account: caller.home }, tries)
    throw unauthorized()
  }
  const passwordHash = await hashPassword(body.password, service.randomBytes)
  await service.store.write(async (tables) => {
    const nowMs = service.clock()
    await lockLiveAccount(tables, caller.account)
    const user = await findUser(tables, caller, userId)
    const login = await tables.logins.find(userId)
    if (login === undefined || login.passwordHash !== before?.passwordHash) throw unauthorized()
    await tables.logins.save({ ...login, passwordHash, changedMs: nowMs })
    await tables.logins.succeed(userId)
    await tables.sessions.endOfUser(userId, nowMs)
    await journal(tables, userId, user, 'PasswordChanged', nowMs, {})
  })
}

async function findUser(tables: Tables, caller: Caller, userId: string): Promise<StoredUser> {
  const user = await tables.users.find(userId)
  if (user === undefined || user.account !== caller.account || user.removedMs !== null) {
    throw missing(userId)
  }
  return user
}

function missing(userId: string): KeyError {
  return new KeyError('NotFound', `There is no user ${userId} that you may see`)
}

function journal(
  tables: Tables,
  actor: string,
  user: StoredUser,
  action: string,
  timeMs: number,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  return tables.journal.append({
    timeMs,
    account: user.account,
    space: null,
    actor,
    action,
    subjectKind: 'user',
    subject: user.id,
    version: 0,
    detail,
  })
}
