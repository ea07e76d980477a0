import { z } from 'zod'
import { subjectKind } from './events.ts'

// The audit trail: who did what to what, written in the transaction of the change, never altered.

/** One change, without anything secret. Of a deleted account, without anything personal either. */
export const auditEntry = z
  .object({
    number: z.number().int().meta({ description: 'Grows in the order of the commits.' }),
    time: z.iso.datetime(),
    account: z.string(),
    space: z.string().optional(),
    actor: z.string().meta({ description: 'A key id, a user id, or system.' }),
    action: z.string(),
    subject: z.object({ kind: subjectKind, id: z.string(), version: z.number().int().optional() }),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' })

const word = z.string().min(1).max(128)

/** What narrows an audit trail; every condition given must match. */
export const auditFilter = z.strictObject({
  actor: word.optional(),
  action: word.optional(),
  subject: word.optional(),
  from: z.iso.datetime().optional(),
  until: z.iso.datetime().optional().meta({ description: 'The first instant that is left out.' }),
})

/** The query of `GET /audit`. */
export const auditQuery = auditFilter.extend({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  order: z.enum(['newest', 'oldest']).default('newest'),
  cursor: z.string().min(1).max(64).optional(),
})

/** `GET /audit`: a page without `nextCursor` is the last. */
export const auditListBody = z
  .object({ items: z.array(auditEntry), nextCursor: z.string().optional() })
  .meta({ id: 'AuditList' })

/** The query of `GET /audit/export`: `after` is the number of the last entry that one has already. */
export const auditExportQuery = auditFilter.extend({
  after: z.coerce.number().int().min(0).default(0),
})

export type AuditEntry = z.infer<typeof auditEntry>
