import type { Store } from '../store/port.ts'
import type { TokenHash, TokenHashes } from './token-hash.ts'

/** Tokens that were used and are kept under an older pepper, gathered and hashed anew in batches. */
export interface Renewals {
  /** Keeps the new hash, never the token. */
  record(credentialId: string, token: string): void
  /** Writes what has gathered. What could not be written comes again with the next use. */
  flush(): Promise<void>
}

/** Renewals over a store; whoever makes it calls `flush` now and then, and once at the end. */
export function gatherRenewals(store: Store, hashes: TokenHashes): Renewals {
  let gathered = new Map<string, TokenHash>()
  return {
    record(credentialId, token) {
      gathered.set(credentialId, hashes.of(token))
    },
    async flush() {
      if (gathered.size === 0) return
      const renewals = [...gathered]
      gathered = new Map()
      await store.write(async (tables) => {
        for (const [id, { hash, pepper }] of renewals) {
          await tables.credentials.renew(id, hash, pepper)
        }
      })
    },
  }
}
