import { KeyError } from '@latchkey/core'
import type { StoredAccount } from '../store/port/accounts.ts'
import type { Tables } from '../store/port.ts'

/**
 * Keeps an account as it is until the transaction ends. Whatever is written for it then is written before the account is
 * deleted, and goes with it, or not at all: `AccountNotFound`.
 */
export async function lockLiveAccount(tables: Tables, id: string): Promise<StoredAccount> {
  const account = await tables.accounts.lock(id)
  if (account !== undefined && account.deletedMs === null) return account
  throw new KeyError('AccountNotFound', `There is no account ${id}`)
}
