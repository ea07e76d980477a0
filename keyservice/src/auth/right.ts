import { KeyError } from '@latchkey/core'
import type { Caller } from './caller.ts'

/**
 * The service's own rights, which are scopes like any other: a key that may make keys has `writeApiKeys` among its
 * scopes, and nobody can grant it who does not have it.
 */
export const serviceRights = [
  { name: 'readApiKeys', description: 'List and read the keys of the account' },
  { name: 'writeApiKeys', description: 'Issue, change, rotate and revoke keys' },
  { name: 'verifyApiKeys', description: 'Ask whether a credential of the account works' },
  { name: 'chooseToken', description: 'Register a token of one’s own making' },
  { name: 'assignOwners', description: 'Issue keys that belong to somebody else' },
  { name: 'manageAccount', description: 'Make and remove spaces and users of the account' },
  { name: 'readAudit', description: 'Read the audit trail of the account' },
] as const

export type ServiceRight = (typeof serviceRights)[number]['name']

/** What somebody may do right now. */
export type Rights =
  | { readonly kind: 'all' }
  | { readonly kind: 'some'; readonly names: readonly string[] }

/** The rights of a key: its scopes, within what its account still has. */
export function rightsWithin(scopes: readonly string[], account: readonly string[] | null): Rights {
  const names = account === null ? scopes : scopes.filter((scope) => account.includes(scope))
  return { kind: 'some', names }
}

/** Those of `scopes` that the rights do not cover. */
export function missingScopes(rights: Rights, scopes: readonly string[]): readonly string[] {
  return rights.kind === 'all' ? [] : scopes.filter((scope) => !rights.names.includes(scope))
}

/** Throws `Forbidden` unless the caller has this right of the service, and counts that he made use of it. */
export function requireRight(caller: Pick<Caller, 'rights' | 'used'>, right: ServiceRight): void {
  if (missingScopes(caller.rights, [right]).length === 0) {
    caller.used?.(right)
    return
  }
  throw new KeyError(
    'Forbidden',
    `This needs the right ${right}, which your credential does not have`,
  )
}

/** The rights by name; `*` stands for any. */
export function rightNames(rights: Rights): string[] {
  return rights.kind === 'all' ? ['*', ...serviceRights.map(({ name }) => name)] : [...rights.names]
}
