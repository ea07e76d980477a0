import { KeyError } from '@latchkey/core'

/** What a store throws when a transaction would have written what may be there only once. */
export function taken(cause: unknown): KeyError {
  return new KeyError('Conflict', 'Somebody else took the same name at the same time; try again', {
    cause,
  })
}
