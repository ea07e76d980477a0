import type { StoredAccount } from './port/accounts.ts'
import type { StoredCredential } from './port/credentials.ts'
import type { StoredKey } from './port/keys.ts'

// Rows that the contract suites write: plain ones, from which each test changes what it is about.

export const account: StoredAccount = {
  id: 'a',
  displayName: 'A',
  plan: 'unlimited',
  scopes: ['x', 'y'],
  subscriptionActive: true,
  createdMs: 1_767_225_600_000,
  deletedMs: null,
}

/** A key of that account. */
export function key(id: string): StoredKey {
  return {
    id,
    account: 'a',
    space: null,
    owner: null,
    displayName: id,
    description: null,
    scopes: ['x'],
    metadata: {},
    state: 'active',
    stateReason: null,
    stateMessage: null,
    platform: false,
    createdMs: 1,
    activatedMs: 1,
    pendingUntilMs: null,
    expiresMs: null,
    revokedMs: null,
    version: 1,
  }
}

/** The token of a key, of the same name. */
export function credential(keyId: string): StoredCredential {
  return {
    hash: `hash-${keyId}`,
    pepper: 0,
    id: `cred-${keyId}`,
    keyId,
    kind: 'token',
    role: 'current',
    prefix: 'lk_',
    suffix: '12345678',
    createdMs: 1,
    expiresMs: null,
    pendingUntilMs: null,
    graceMs: null,
    endedMs: null,
    lastUsedMs: null,
  }
}
