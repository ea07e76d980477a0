import { KeyError } from '@latchkey/core'
import { activateByUse } from '../keys/activate-by-use.ts'
import { judge } from '../keys/judge.ts'
import { hashToken } from '../keys/token-hash.ts'
import type { Service } from '../service.ts'
import type { Lookup } from '../store/port.ts'
import type { Caller } from './caller.ts'
import type { Presented } from './presented.ts'
import { rightsWithin } from './right.ts'

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
  const found = await service.store.lookup(hashOf(presented))
  return callerOf(service, presented, found, accountHeader)
}

/** The same, for who has looked it up already together with something else. */
export async function callerOf(
  service: Service,
  presented: Presented,
  found: Lookup | undefined,
  accountHeader: string | undefined,
): Promise<Caller> {
  const nowMs = service.clock()
  if (found === undefined || judge(service.rules, found, presented, nowMs).kind === 'dead') {
    throw unauthorized()
  }
  if (found.state === 'pending' || found.credentialPendingUntilMs !== null) {
    if (!(await activateByUse(service, found))) throw unauthorized()
  }
  service.uses.record(found.credentialId, nowMs)
  return within(service, asCaller(found), accountHeader)
}

/** The hash under which a presented credential would be found. */
export function hashOf(presented: Presented): string {
  return hashToken(presented.kind === 'token' ? presented.token : presented.apiSecret)
}

function asCaller(found: Lookup): Caller {
  return {
    actor: found.keyId,
    keyId: found.keyId,
    account: found.account,
    reach: found.platform ? { kind: 'all' } : { kind: 'account', account: found.account },
    space: found.space,
    platform: found.platform,
    rights: found.platform ? { kind: 'all' } : rightsWithin(found.scopes, found.accountScopes),
    ...(found.owner === null ? {} : { userId: found.owner }),
  }
}

const accountName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/**
 * Moves the caller into the account that the request names. A foreign account is answered like a missing one, and an
 * empty or repeated header (which arrives joined by a comma) is refused: never a silent fall-back to the primary one.
 */
async function within(
  service: Service,
  caller: Caller,
  header: string | undefined,
): Promise<Caller> {
  if (header === undefined) return caller
  if (!accountName.test(header)) {
    throw new KeyError('Invalid', 'x-account-id must name exactly one account', {
      issues: [{ path: 'x-account-id', message: 'must name exactly one account' }],
    })
  }
  if (header !== caller.account) {
    const account = caller.platform
      ? await service.store.read((tables) => tables.accounts.find(header))
      : undefined
    if (account === undefined || account.deletedMs !== null) {
      throw new KeyError('AccountNotFound', `There is no account ${header} for you`)
    }
  }
  return { ...caller, account: header, reach: { kind: 'account', account: header } }
}

/** The one answer to whoever presents nothing that works. */
export function unauthorized(): KeyError {
  return new KeyError(
    'Unauthorized',
    'Present a credential that works, for example as a Bearer token',
  )
}
