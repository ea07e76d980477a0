import { z } from 'zod'

/** Every error answer (RFC 9457): `code` is a word of the closed list of reasons. */
export const problemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().meta({
      description: 'A word of a closed list, such as PlanRequired or SubscriptionInactive.',
    }),
    keyId: z.string().optional(),
    upgrade: z
      .object({ text: z.string(), button: z.string(), plans: z.array(z.string()) })
      .optional()
      .meta({
        description: 'What to offer: the plans that would allow it, and words for a prompt.',
      }),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })
