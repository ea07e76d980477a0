// Why the key service must refuse something. Where several reasons hold, it may name any of them; where none does, it must not refuse.

import type { Reason } from '@latchkey/core'
import {
  countLive,
  keyLimit,
  lasting,
  type ModelAccount,
  type ModelKey,
  type ModelWorld,
  stateAt,
} from './model.ts'

/** Who asks: the administrator in an account, or whoever has a key. */
export interface ModelCaller {
  readonly account: string
  readonly space: string | null
  readonly user: string | null
  /** Undefined: all that there are. */
  readonly rights: readonly string[] | undefined
}

/** What a create wishes for. */
export interface ModelWish {
  readonly pending: boolean
  readonly space: boolean
  readonly owner: boolean
  readonly chosen: boolean
  readonly scopes: readonly string[]
}

/** Why a create is refused. */
export function toIssue(world: ModelWorld, caller: ModelCaller, wish: ModelWish): Reason[] {
  const account = accountOf(world, caller)
  const foreign = wish.owner && caller.user !== account.user
  return reasons({
    Forbidden:
      lacks(caller, 'writeApiKeys') ||
      (wish.chosen && lacks(caller, 'chooseToken')) ||
      (foreign && lacks(caller, 'assignOwners')),
    Invalid: (wish.chosen && wish.pending) || (foreign && account.userRemoved),
    QuotaExceeded: countLive(world, caller.account) >= keyLimit,
    ScopeNotGranted: beyond(caller, wish.scopes),
    SpaceNotFound: (wish.space || caller.space !== null) && account.spaceRemoved,
  })
}

/** Why a change of a key that needs nothing else is refused; every other change is refused for these reasons too. */
export function toChange(caller: ModelCaller, key: ModelKey): Reason[] {
  return reasons({ Forbidden: lacks(caller, 'writeApiKeys'), NotFound: !sees(caller, key) })
}

/** Why a change of a key that must be alive is refused. */
export function toChangeLiving(
  caller: ModelCaller,
  key: ModelKey,
  nowMs: number,
  further: Partial<Record<Reason, boolean>> = {},
): Reason[] {
  const barred = toChange(caller, key)
  // Who may not see a key learns nothing about it.
  if (barred.length > 0) return barred
  const state = stateAt(key, nowMs)
  return reasons({ KeyRevoked: state === 'revoked', KeyExpired: state === 'expired', ...further })
}

/** Why another token is refused. */
export function toRotate(caller: ModelCaller, key: ModelKey, nowMs: number): Reason[] {
  return toChangeLiving(caller, key, nowMs, {
    KeyPending: key.state === 'pending',
    KeyDisabled: key.state === 'disabled' && !key.leaked,
    KeyLeaked: key.leaked,
    ScopeNotGranted: beyond(caller, key.scopes),
    RotationInProgress: lasting(key, nowMs).length > 1,
  })
}

/** Why a key is not switched on again. */
export function toEnable(world: ModelWorld, caller: ModelCaller, key: ModelKey): Reason[] {
  return toChangeLiving(caller, key, world.nowMs, {
    ScopeNotGranted: beyond(caller, key.scopes),
    KeyLeaked: key.leaked,
    QuotaExceeded: key.state === 'disabled' && countLive(world, key.account) >= keyLimit,
  })
}

/** True when some of these rights are not the caller's to give. */
export function beyond({ rights }: ModelCaller, scopes: readonly string[]): boolean {
  return rights !== undefined && scopes.some((scope) => !rights.includes(scope))
}

/** True when the caller has not this right. */
export function lacks(caller: ModelCaller, right: string): boolean {
  return beyond(caller, [right])
}

/** True when the caller may know of the key. */
export function sees({ account, space }: ModelCaller, key: ModelKey): boolean {
  return key.account === account && (space === null || space === key.space)
}

/** The account that the caller acts in. */
export function accountOf({ accounts }: ModelWorld, { account }: ModelCaller): ModelAccount {
  const found = accounts.find(({ id }) => id === account)
  if (found === undefined) throw new Error(`The model has no account ${account}`)
  return found
}

function reasons(held: Partial<Record<Reason, boolean>>): Reason[] {
  return Object.entries(held).flatMap(([reason, holds]) => (holds ? [reason as Reason] : []))
}
