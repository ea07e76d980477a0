import { KeyError } from '@latchkey/core'
import { activateByUse } from '../keys/activate-by-use.ts'
import { judge } from '../keys/judge.ts'
import { recordUse } from '../keys/record-use.ts'
import type { Service } from '../service.ts'
import type { Lookup } from '../store/port/lookup.ts'
import type { Caller } from './caller.ts'
import { type Found, find } from './find.ts'
import type { Presented } from './presented.ts'
import { rightsWithin } from './right.ts'
import type { ServiceAccountFound } from './service-account.ts'
import type { KeySession, UserSession } from './session.ts'
import { requireTrustedRow, requireTrustedStore } from './trusted-store.ts'
import { inAccount } from './x-account-id.ts'

/**
 * Who presents this credential. Throws `Unauthorized` with one and the same sentence whatever is wrong: an anonymous
 * caller learns nothing about keys.
 */
export async function authenticate(
  service: Service,
  presented: Presented | undefined,
  accountHeader: string | undefined,
): Promise<Caller> {
  if (presented === undefined) throw unauthorized()
  return callerOf(service, presented, await find(service, presented), accountHeader)
}

/** The same, for who has looked it up already together with something else. */
export async function callerOf(
  service: Service,
  presented: Presented,
  found: Found | undefined,
  accountHeader: string | undefined,
): Promise<Caller> {
  if (found === undefined) throw unauthorized()
  if ('storeRestored' in found) requireTrustedRow(found)
  else await requireTrustedStore(service)
  let caller: Caller
  if (found.kind === 'serviceAccount') caller = serviceAccountCaller(found)
  else if (found.kind === 'user') caller = userCaller(found)
  else {
    const nowMs = service.clock()
    if (judge(service.rules, found, presented, nowMs).kind === 'dead') throw unauthorized()
    if (found.state === 'pending' || found.credentialPendingUntilMs !== null) {
      if (!(await activateByUse(service, found))) throw unauthorized()
    }
    recordUse(service, presented, found, [])
    caller = keyCaller(found, (right) => service.uses.record(found.credentialId, [right]))
  }
  return accountHeader === undefined ? caller : inAccount(service, caller, accountHeader)
}

function keyCaller(found: Lookup | KeySession, used: NonNullable<Caller['used']>): Caller {
  return {
    actor: found.keyId,
    keyId: found.keyId,
    account: found.account,
    reach: found.platform ? { kind: 'all' } : { kind: 'account', account: found.account },
    space: found.space,
    platform: found.platform,
    plan: found.plan,
    home: found.account,
    rights:
      found.platform === 'Administrator'
        ? { kind: 'all' }
        : rightsWithin(found.scopes, found.accountScopes),
    used,
    ...(found.owner === null ? {} : { userId: found.owner }),
    ...('session' in found ? { session: found.session } : {}),
  }
}

function serviceAccountCaller(found: ServiceAccountFound): Caller {
  const { subject, account, space, plan, rights } = found
  return {
    actor: subject,
    account,
    reach: { kind: 'account', account },
    space,
    platform: false,
    plan,
    home: account,
    rights,
  }
}

function userCaller({ userId, account, plan, rights, session }: UserSession): Caller {
  return {
    actor: userId,
    userId,
    account,
    reach: { kind: 'account', account },
    space: null,
    platform: false,
    plan,
    home: account,
    rights,
    session,
  }
}

/** The one answer to whoever presents nothing that works. */
export function unauthorized(): KeyError {
  return new KeyError(
    'Unauthorized',
    'Present a credential that works, for example as a Bearer token',
  )
}
