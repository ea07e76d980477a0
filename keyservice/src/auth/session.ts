import { crc32 } from 'node:zlib'
import { generateToken, type sessionBody, Token } from '@latchkey/core'
import type { z } from 'zod'
import { newId } from '../keys/mint.ts'
import { instant } from '../keys/record.ts'
import { hashToken } from '../keys/token-hash.ts'
import type { Service } from '../service.ts'
import type { Lookup } from '../store/port/lookup.ts'
import type { FoundSession, StoredSession } from '../store/port/sessions.ts'
import type { Tables } from '../store/port.ts'
import type { Rights } from './right.ts'
import { rightsWithin } from './right.ts'

export type SessionRecord = z.infer<typeof sessionBody>

/** A session that a key opened: the key as it is now, and the session. */
export interface KeySession extends Lookup {
  readonly session: StoredSession
}

/** A session that a user opened with his password. */
export interface UserSession {
  readonly kind: 'user'
  readonly userId: string
  readonly account: string
  readonly plan: string
  readonly rights: Rights
  readonly session: StoredSession
}

/**
 * The live session of a token, with its key or user read afresh: nothing is remembered of what they could do when it was
 * opened. Whether the key works is for `judge` to say.
 */
export async function findSession(
  service: Service,
  token: string,
): Promise<KeySession | UserSession | undefined> {
  const { store } = service
  const session = await liveSession(service, token)
  if (session === undefined) return undefined
  if (session.credentialHash !== null) {
    const found = await store.lookup(session.credentialHash)
    if (found !== undefined) return { ...found, session }
    // Its hash was made anew in between.
    const again = (await liveSession(service, token))?.credentialHash
    const renewed = again ? await store.lookup(again) : undefined
    return renewed && { ...renewed, session }
  }
  const { userId } = session
  return userId === null ? undefined : store.read((tables) => ofUser(tables, userId, session))
}

async function liveSession(
  { store, clock }: Service,
  token: string,
): Promise<FoundSession | undefined> {
  const session = await store.read((tables) => tables.sessions.find(hashToken(token)))
  const live = session !== undefined && session.endedMs === null && session.expiresMs > clock()
  return live ? session : undefined
}

async function ofUser(
  tables: Tables,
  userId: string,
  session: StoredSession,
): Promise<UserSession | undefined> {
  const user = await tables.users.find(userId)
  const login = await tables.logins.find(userId)
  const account = user && (await tables.accounts.find(user.account))
  if (user === undefined || login === undefined || user.removedMs !== null) return undefined
  if (account === undefined || account.deletedMs !== null) return undefined
  const rights = rightsWithin(login.scopes, account.scopes)
  return { kind: 'user', userId, account: account.id, plan: account.plan, rights, session }
}

/** A session that was not written yet, with its token in clear for the one answer that carries it. */
export interface NewSession {
  readonly stored: StoredSession
  readonly token: Token
}

/** Makes a session. It ends after the configured time, and with its key at the latest. */
export function newSession(
  service: Service,
  of: Pick<StoredSession, 'account' | 'credentialId' | 'userId'>,
  keyExpiresMs: number | null,
): NewSession {
  const nowMs = service.clock()
  const { prefix, seconds } = service.rules.session
  const text = generateToken({ prefix }, { randomBytes: service.randomBytes, crc32 })
  return {
    stored: {
      ...of,
      hash: hashToken(text),
      id: newId(service, 'session', 16),
      createdMs: nowMs,
      expiresMs: Math.min(nowMs + seconds * 1000, keyExpiresMs ?? Number.POSITIVE_INFINITY),
      endedMs: null,
    },
    token: new Token(text),
  }
}

/** A session as its owner sees it. */
export function toSessionRecord(
  session: StoredSession,
  of: { readonly keyId?: string; readonly userId?: string; readonly scopes: readonly string[] },
): SessionRecord {
  return {
    id: session.id,
    account: session.account,
    ...(of.keyId === undefined ? {} : { keyId: of.keyId }),
    ...(of.userId === undefined ? {} : { userId: of.userId }),
    scopes: [...of.scopes],
    createdTime: instant(session.createdMs),
    expirationTime: instant(session.expiresMs),
  }
}
