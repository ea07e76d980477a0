import { KeyError, type Token } from '@latchkey/core'
import type { Service } from '../service.ts'
import type { StoredLogin } from '../store/port/logins.ts'
import type { StoredUser } from '../store/port/users.ts'
import { callerOf, unauthorized } from './authenticate.ts'
import { countTry, noteFailure } from './failed-logins.ts'
import { find } from './find.ts'
import { fitsPassword, hashPassword } from './password.ts'
import { rightNames, rightsWithin } from './right.ts'
import { newSession, type SessionRecord, toSessionRecord } from './session.ts'
import { requireAccount } from './x-account-id.ts'

/** What can be exchanged for a session. */
export type LoginWith =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'pair'; readonly apiKey: string; readonly apiSecret: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: string }

/** The one answer that carries a session token. */
export interface LoggedIn {
  readonly token: Token
  readonly session: SessionRecord
}

/**
 * Opens a session for a key or a user. Throws `Unauthorized` with the same sentence whatever was wrong, and
 * `TooManyRequests` after failures in a row under one name, or when too many log in with passwords at once.
 */
export function login(
  service: Service,
  given: LoginWith,
  accountHeader: string | undefined,
): Promise<LoggedIn> {
  if (!service.rules.authentication.session) {
    throw new KeyError('Forbidden', 'This service opens no sessions; send the credential itself')
  }
  return given.kind === 'password'
    ? service.passwordTurns.take(() =>
        loginUser(service, given.username, given.password, accountHeader),
      )
    : loginKey(service, given, accountHeader)
}

async function loginKey(
  service: Service,
  given: LoginWith & { readonly kind: 'token' | 'pair' },
  accountHeader: string | undefined,
): Promise<LoggedIn> {
  const found = await find(service, given)
  const caller = await callerOf(service, given, found, accountHeader)
  if (found === undefined || !('keyId' in found)) throw unauthorized()
  const of = { account: found.account, credentialId: found.credentialId, userId: null }
  const { stored, token } = newSession(service, of, found.expiresMs)
  await service.store.write((tables) => tables.sessions.insert(stored))
  const scopes = rightNames(caller.rights)
  return { token, session: toSessionRecord(stored, { keyId: found.keyId, scopes }) }
}

async function loginUser(
  service: Service,
  username: string,
  password: string,
  accountHeader: string | undefined,
): Promise<LoggedIn> {
  const { store } = service
  const before = await store.write(async (tables) => ({
    tries: await countTry(tables, username, service.clock()),
    user: await tables.users.find(username),
    login: await tables.logins.find(username),
  }))
  const fit = await fitsPassword(password, before.login?.passwordHash)
  if (fit === 'Differs' || before.login === undefined || !isHere(before.user)) {
    if (isHere(before.user)) await noteFailure(service, before.user, before.tries)
    throw unauthorized()
  }
  const renewed =
    fit === 'FitsOutdated' ? await hashPassword(password, service.randomBytes) : undefined
  return openForUser(service, before.user, before.login, renewed, accountHeader)
}

/** Opens it unless the password or the user has changed since it was compared. */
async function openForUser(
  service: Service,
  user: StoredUser,
  compared: StoredLogin,
  renewedHash: string | undefined,
  accountHeader: string | undefined,
): Promise<LoggedIn> {
  if (accountHeader !== undefined) {
    await requireAccount(service, { account: user.account, platform: false }, accountHeader)
  }
  const of = { account: user.account, credentialId: null, userId: user.id }
  const { stored, token } = newSession(service, of, null)
  return service.store.write(async (tables) => {
    const account = await tables.accounts.lock(user.account)
    const login = await tables.logins.find(user.id)
    const same = login?.passwordHash === compared.passwordHash
    if (!same || account === undefined || account.deletedMs !== null) throw unauthorized()
    if (!isHere(await tables.users.find(user.id))) throw unauthorized()
    if (renewedHash !== undefined) await tables.logins.save({ ...login, passwordHash: renewedHash })
    await tables.logins.succeed(user.id)
    await tables.sessions.insert(stored)
    const scopes = rightNames(rightsWithin(login.scopes, account.scopes))
    return { token, session: toSessionRecord(stored, { userId: user.id, scopes }) }
  })
}

function isHere(user: StoredUser | undefined): user is StoredUser {
  return user !== undefined && user.removedMs === null
}
