import type { StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'

/** What ends, and takes its keys with it. */
export interface Ending {
  readonly account: string
  /** Only the keys of this space. */
  readonly space?: string
  /** What the keys' owner is told. */
  readonly reason: 'AccountNotFound' | 'SpaceNotFound'
  readonly actor: string
  readonly nowMs: number
}

/**
 * Ends all keys of an account or a space for ever, with an entry in the journal for each: who follows the feed need not
 * know what belongs to what. All in the transaction of the ending itself.
 */
export async function endKeysWith(tables: Tables, ending: Ending): Promise<void> {
  const { account, space, reason, actor, nowMs } = ending
  const which = { account, ...(space === undefined ? {} : { space }) }
  const ended = await tables.endings.revokeKeys(which, reason, nowMs)
  await tables.journal.append(
    ...ended.map((key: Pick<StoredKey, 'id' | 'space' | 'version'>) => ({
      timeMs: nowMs,
      account,
      space: key.space,
      actor,
      action: 'Revoked',
      subjectKind: 'key' as const,
      subject: key.id,
      version: key.version,
      detail: { reason },
    })),
  )
}
