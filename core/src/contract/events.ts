import { z } from 'zod'
import { keyRecord } from '../domain/key-record.ts'
import { problemBody } from './problem.ts'

// The change feed: what happened to keys and to what they belong to, in the order in which it was committed.

/** Things that something can happen to. */
export const subjectKind = z.enum(['key', 'account', 'space', 'user', 'store'])

/** One change. Where a key was changed the record comes along, as it is when the event is sent: never older than it. */
export const keyEvent = z
  .object({
    cursor: z.string().meta({ description: 'Go on from here: everything behind this event.' }),
    time: z.iso.datetime(),
    action: z.string().meta({
      description: 'What was done, for example Issued, Updated, Rotated, Disabled or Revoked.',
    }),
    account: z.string(),
    space: z.string().optional(),
    subject: z.object({
      kind: subjectKind,
      id: z.string(),
      version: z.number().int().optional().meta({ description: 'Of the key, after the change.' }),
    }),
    key: keyRecord.optional(),
  })
  .meta({ id: 'Event' })

/** The query of `GET /events`. Without a cursor it begins now. */
export const eventQuery = z.strictObject({
  cursor: z
    .string()
    .max(256)
    .regex(/^[0-9A-Za-z-]+\.[0-9]{1,15}$/, 'must come from an earlier answer')
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(500),
  watch: z.enum(['true', 'false']).default('false').meta({
    description: 'Keeps the answer open and sends one JSON object per line, see EventLine.',
  }),
})

/** `GET /events`: `cursor` is where to go on; `more` says whether there is something there already. */
export const eventListBody = z
  .object({
    items: z.array(keyEvent),
    cursor: z.string(),
    more: z.boolean(),
  })
  .meta({ id: 'EventList' })

/**
 * One line of `GET /events?watch=true`: an event; a bookmark, which says that nothing happened up to its cursor and that
 * the stream lives; or, as the last line, why the stream ended.
 */
export const eventLine = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('Event'), event: keyEvent }),
    z.object({ type: z.literal('Bookmark'), cursor: z.string(), time: z.iso.datetime() }),
    z.object({ type: z.literal('Error'), problem: problemBody }),
  ])
  .meta({ id: 'EventLine' })

export type KeyEvent = z.infer<typeof keyEvent>
export type EventLine = z.infer<typeof eventLine>
