import type { AuditEntry, auditExportQuery } from '@latchkey/core'
import type { z } from 'zod'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import { filterOf, toAuditEntry } from './list.ts'

const part = 1000

/**
 * Everything that the audit trail says, oldest first, however much it is: read part by part. It goes up to the end as it
 * was when the export began; `after` the last number goes on from there, and misses nothing.
 */
export async function exportAudit(
  service: Service,
  caller: Caller,
  query: z.infer<typeof auditExportQuery>,
): Promise<AsyncGenerator<AuditEntry>> {
  requireRight(caller, 'readAudit')
  const { number: last } = await service.store.read((tables) => tables.journal.head())
  const filter = filterOf(caller, query)
  return (async function* entries() {
    let after = query.after
    for (;;) {
      const page = await service.store.read((tables) =>
        tables.journal.page(filter, { descending: false, after, last, limit: part }),
      )
      yield* page.map(toAuditEntry)
      if (page.length < part) return
      after = page.at(-1)?.number ?? last
    }
  })()
}
