import type { StoredKey } from './keys.ts'

/** What ends many things at once. */
export interface Endings {
  /** Revokes all keys that are not revoked yet, of an account or of one of its spaces, and tells which. */
  revokeKeys(
    which: { readonly account: string; readonly space?: string },
    reason: string,
    atMs: number,
  ): Promise<readonly Pick<StoredKey, 'id' | 'space' | 'version'>[]>
  /**
   * Removes what is personal in a deleted account: names, owners, metadata, users and how they log in, and the same from
   * its journal. What is left are ids and times, and the hashes of tokens, which are never given again.
   */
  erasePersonalData(account: string): Promise<void>
  /** Ends all sessions there are. */
  endSessions(): Promise<void>
}
