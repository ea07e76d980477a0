import type { eventListBody } from '@latchkey/core'
import type { z } from 'zod'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import { cursorText } from './cursor.ts'
import { pageAfter, startOf } from './page.ts'

/** One page of changes behind a cursor; without one none, and the cursor of now. Read again from its cursor, nothing is lost or doubled. */
export async function listEvents(
  service: Service,
  caller: Caller,
  query: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<z.infer<typeof eventListBody>> {
  requireRight(caller, 'readApiKeys')
  const start = await startOf(service, query.cursor)
  const { items, position, more } = await pageAfter(service, caller, start, query.limit)
  return { items, cursor: cursorText(position), more }
}
