import { z } from 'zod'
import { text } from './text.ts'

// The store of a key service, and what an administrator decides after it was restored from a backup.

/** `GET /store`. A restored store verifies nothing until somebody has decided. */
export const storeBody = z
  .object({
    engine: z.enum(['sqlite', 'postgres']),
    life: z
      .string()
      .meta({ description: 'Names this life of the store; a restore begins another.' }),
    number: z.number().int().meta({ description: 'Of the last entry of the audit trail.' }),
    restored: z
      .object({
        time: z.iso.datetime().meta({ description: 'When it was noticed, or the backup made.' }),
        number: z.number().int().meta({ description: 'Of the last entry that the backup has.' }),
      })
      .optional(),
  })
  .meta({ id: 'Store' })

/** `POST /store/accept-loss`: the life of the store whose later revocations are given up. */
export const acceptLossBody = z.strictObject({ life: text(1, 64) })

/** What a decision about a restore gives: the store verifies again, in a new life. */
export const releasedBody = z
  .object({
    life: z.string(),
    entries: z.number().int().optional().meta({ description: 'That came after the backup.' }),
  })
  .meta({ id: 'StoreReleased' })
