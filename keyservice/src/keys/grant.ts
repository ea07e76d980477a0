import { KeyError } from '@latchkey/core'
import { type Caller, reachesAsFar } from '../auth/caller.ts'
import { missingScopes, serviceRights } from '../auth/right.ts'
import type { Rules } from '../service.ts'
import type { StoredAccount } from '../store/port/accounts.ts'
import type { StoredKey } from '../store/port/keys.ts'

/**
 * Throws unless these scopes exist, the caller has every one of them himself, and the account may have them. The issues
 * count as the body of the request does, which may have more: `asked`.
 */
export function requireGrantable(
  rules: Pick<Rules, 'permissions' | 'keys'>,
  caller: Caller,
  account: StoredAccount,
  scopes: readonly string[],
  asked: readonly string[] = scopes,
): void {
  const unknown = scopes.filter((scope) => !exists(rules, scope))
  if (unknown.length > 0) {
    throw notGranted(
      `There is no permission ${unknown.join(', ')} at this service: leave it out`,
      asked,
      unknown,
    )
  }
  const missing = missingScopes(caller.rights, scopes)
  if (missing.length > 0) {
    throw notGranted(
      `You cannot grant ${missing.join(', ')}, which your own credential does not have: leave it out, or use one that has it`,
      asked,
      missing,
    )
  }
  const { scopes: available } = account
  const beyond = available === null ? [] : scopes.filter((scope) => !available.includes(scope))
  if (beyond.length > 0) {
    throw notGranted(
      `The account ${account.id} does not have ${beyond.join(', ')}: leave it out, or add it to the account`,
      asked,
      beyond,
    )
  }
}

/**
 * Throws unless the caller has every right that the key has: for answers that carry a token, and for whatever makes a
 * key live longer.
 */
export function requireRightsOf(caller: Caller, key: StoredKey): void {
  const missing = missingScopes(caller.rights, key.scopes)
  if (missing.length === 0 && reachesAsFar(caller, key)) return
  throw new KeyError(
    'ScopeNotGranted',
    `Key ${key.id} has rights that you do not have${missing.length > 0 ? `: ${missing.join(', ')}` : ''}`,
  )
}

function exists(rules: Pick<Rules, 'permissions' | 'keys'>, scope: string): boolean {
  if (rules.permissions.length === 0 && rules.keys.unlistedScopes) return true
  return [...rules.permissions, ...serviceRights].some(({ name }) => name === scope)
}

function notGranted(
  message: string,
  scopes: readonly string[],
  refused: readonly string[],
): KeyError {
  return new KeyError('ScopeNotGranted', message, {
    issues: refused.map((scope) => ({
      path: `scopes.${scopes.indexOf(scope)}`,
      message: 'cannot be granted',
    })),
  })
}
