import { KeyError } from '@latchkey/core'
import type { Service } from '../service.ts'
import type { Caller } from './caller.ts'

/** What an account can be called. */
export const accountName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** Moves the caller into the account that the request names. */
export async function inAccount(service: Service, caller: Caller, header: string): Promise<Caller> {
  await requireAccount(service, caller, header)
  return { ...caller, account: header, reach: { kind: 'account', account: header } }
}

/**
 * A foreign account is answered like a missing one, and an empty or repeated header (which arrives joined by a comma) is
 * refused: never a silent fall-back to the primary one.
 */
export async function requireAccount(
  service: Service,
  caller: Pick<Caller, 'account' | 'platform'>,
  header: string,
): Promise<void> {
  if (!accountName.test(header)) {
    throw new KeyError('Invalid', 'x-account-id must name exactly one account', {
      issues: [{ path: 'x-account-id', message: 'must name exactly one account' }],
    })
  }
  if (header === caller.account) return
  const account = caller.platform
    ? await service.store.read((tables) => tables.accounts.find(header))
    : undefined
  if (account === undefined || account.deletedMs !== null) {
    throw new KeyError('AccountNotFound', `There is no account ${header} for you`)
  }
}
