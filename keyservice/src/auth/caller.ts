import type { KeyPlatform } from '../store/port/keys.ts'
import type { StoredSession } from '../store/port/sessions.ts'
import { missingScopes, type Rights } from './right.ts'

/** Who asks, as one request sees him. */
export interface Caller {
  /** Key id or user id: what the audit trail says. */
  readonly actor: string
  /** Whose idempotency keys these are, and what survives a rotation of the caller's credential. */
  readonly keyId?: string
  readonly userId?: string
  /** Where things are made that name no account. */
  readonly account: string
  /** Which accounts are seen: one, or for a platform credential that names none, all. */
  readonly reach: { readonly kind: 'account'; readonly account: string } | { readonly kind: 'all' }
  /** A caller that belongs to a space sees and makes keys of that space alone. */
  readonly space: string | null
  readonly platform: KeyPlatform
  /** Of the account he belongs to: it bounds his requests. */
  readonly plan: string
  /** The account he belongs to, whichever the request is about. */
  readonly home: string
  readonly rights: Rights
  /** Counts that a right was made use of. */
  readonly used?: (right: string) => void
  /** The session he came with, if any. */
  readonly session?: StoredSession
}

/** True when the caller may know that this exists. Who may not gets the answer of a missing one. */
export function maySee(
  caller: Caller,
  thing: { readonly account: string; readonly space?: string | null },
): boolean {
  if (caller.reach.kind === 'account' && caller.reach.account !== thing.account) return false
  return caller.space === null || caller.space === thing.space
}

/**
 * True when the caller may read what an account is. A platform credential reaches all of them; what they are is for one
 * that may read keys, and its own account for any.
 */
export function mayReadAccount(caller: Caller, account: string): boolean {
  if (!maySee({ ...caller, space: null }, { account })) return false
  return account === caller.home || missingScopes(caller.rights, ['readApiKeys']).length === 0
}

/** True when the caller reaches as far as a key: nobody but an administrator as far as an administrator. */
export function reachesAsFar(
  { platform }: Pick<Caller, 'platform'>,
  key: { readonly platform: KeyPlatform },
): boolean {
  return platform === 'Administrator' || key.platform === false || platform === key.platform
}
