import type { Migration } from 'kysely/migration'
import { base } from './migrations/0001-base.ts'
import { journal } from './migrations/0002-journal.ts'
import { sessions } from './migrations/0003-sessions.ts'
import { rateWindows } from './migrations/0004-rate-windows.ts'
import { peppers } from './migrations/0005-peppers.ts'
import { usage } from './migrations/0007-usage.ts'
import { restore } from './migrations/0008-restore.ts'
import { removedUsers } from './migrations/0009-removed-users.ts'
import { idempotencyAge } from './migrations/0010-idempotency-age.ts'
import { endReason } from './migrations/0011-end-reason.ts'
import { pepperEnds } from './migrations/0012-pepper-ends.ts'
import { keyStates } from './migrations/0013-key-states.ts'
import { stateMessage } from './migrations/0014-state-message.ts'
import { lookups } from './migrations/0015-lookups.ts'
import type { Store } from './port.ts'

/** Every step of the schema, oldest first. A step that was released is never edited: the next one follows it. */
export function migrations(engine: Store['engine']): Record<string, Migration> {
  return {
    '0001-base': base(engine),
    '0002-journal': journal(engine),
    '0003-sessions': sessions(engine),
    '0004-rate-windows': rateWindows(engine),
    '0005-peppers': peppers(engine),
    '0007-usage': usage(engine),
    '0008-restore': restore(),
    '0009-removed-users': removedUsers(),
    '0010-idempotency-age': idempotencyAge(),
    '0011-end-reason': endReason(),
    '0012-pepper-ends': pepperEnds(),
    '0013-key-states': keyStates(),
    '0014-state-message': stateMessage(),
    '0015-lookups': lookups(engine),
  }
}
