import { KeyError } from '@latchkey/core'
import type { Caller } from './caller.ts'
import { requireRight } from './right.ts'

/**
 * Throws `Forbidden` unless the caller may change what his account consists of: its spaces, users and logins. A caller of
 * one space may not, whatever his rights: with a login he could see all the others.
 */
export function requireAccountManager(caller: Pick<Caller, 'rights' | 'used' | 'space'>): void {
  requireRight(caller, 'manageAccount')
  if (caller.space === null) return
  throw new KeyError(
    'Forbidden',
    `Your credential belongs to the space ${caller.space}; this needs one of the whole account`,
  )
}
