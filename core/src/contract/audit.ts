import { z } from 'zod'
import { subjectKind } from './events.ts'
import { text } from './text.ts'

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

const word = text(1, 128)

/** What narrows an audit trail; every condition given must match. */
export const auditFilter = z.strictObject({
  actor: word.optional(),
  action: word.optional(),
  subject: word.optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  until: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'The first instant that is left out.' }),
})

/** The query of `GET /audit`. */
export const auditQuery = auditFilter.extend({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  order: z.enum(['newest', 'oldest']).default('newest'),
  cursor: z
    .string()
    .regex(/^[0-9]{1,15}$/, 'must be the nextCursor of an earlier page')
    .optional(),
})

/** `GET /audit`: a page without `nextCursor` is the last. */
export const auditListBody = z
  .object({ items: z.array(auditEntry), nextCursor: z.string().optional() })
  .meta({ id: 'AuditList' })

/** The query of `GET /audit/export`: `after` is the number of the last entry that one has already. */
export const auditExportQuery = auditFilter.extend({
  // Coerced, an empty one would be 0, and everything would come again.
  after: z
    .string()
    .regex(/^[0-9]{1,15}$/, 'must be the number of an entry')
    .default('0')
    .transform(Number),
})

export type AuditEntry = z.infer<typeof auditEntry>
