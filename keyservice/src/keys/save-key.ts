import { KeyError } from '@latchkey/core'
import type { StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'

/** Who changes a key, when, and in which word. */
export interface Change {
  readonly actor: string
  readonly action:
    | 'Issued'
    | 'Reissued'
    | 'Activated'
    | 'Updated'
    | 'Rotated'
    | 'PreviousEnded'
    | 'Enabled'
    | 'Disabled'
    | 'Leaked'
    | 'Revoked'
    | 'Expired'
  readonly nowMs: number
  /** What changed; never anything secret. */
  readonly detail?: Readonly<Record<string, unknown>>
}

/**
 * Writes a new key, with its audit row and its event in the same transaction. `AccountNotFound` when the account was
 * deleted after it was looked at: its keys have been ended and emptied, and this one would have been left out.
 */
export async function insertKey(tables: Tables, key: StoredKey, change: Change): Promise<void> {
  await tables.keys.insert(key)
  const account = await tables.accounts.find(key.account)
  if (account === undefined || account.deletedMs !== null) {
    throw new KeyError('AccountNotFound', `There is no account ${key.account}`)
  }
  await journal(tables, key, change)
}

/**
 * The one way in which a key changes: `change` of `before` is written as its next version, with its audit row and its
 * event in the same transaction.
 */
export async function saveKey(
  tables: Tables,
  before: StoredKey,
  fields: Partial<StoredKey>,
  change: Change,
): Promise<StoredKey> {
  const key: StoredKey = { ...before, ...fields, version: before.version + 1 }
  if (!(await tables.keys.update(key))) {
    throw new KeyError(
      'Conflict',
      `Key ${key.id} was changed by somebody else; read it and try again`,
    )
  }
  await journal(tables, key, change)
  return key
}

function journal(tables: Tables, key: StoredKey, change: Change): Promise<void> {
  return tables.journal.append({
    timeMs: change.nowMs,
    account: key.account,
    space: key.space,
    actor: change.actor,
    action: change.action,
    subjectKind: 'key',
    subject: key.id,
    version: key.version,
    detail: change.detail ?? {},
  })
}
