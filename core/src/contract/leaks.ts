import { z } from 'zod'
import { text } from './text.ts'

// Reports of published credentials. Whoever reports one has it in full: that is the proof, and a key id alone is none.

/** `POST /leaks`: the full token, or the secret of a pair. */
export const leakReportBody = z.strictObject({
  token: text(1, 512).meta({
    description: 'The full token, or the secret of a pair. A key id alone disables nothing.',
  }),
  source: text(1, 128).optional().meta({ description: 'What kind of place.' }),
  url: z
    .string()
    .max(2048)
    .regex(
      /^[A-Za-z][A-Za-z0-9+.-]*:[^\0-\x20]+$/,
      'must be a URL such as https://example.com/leak',
    )
    .optional()
    .meta({ description: 'Where it was found.' }),
})

/** What became of it. The key is named to who may see it; the others only learn that the report was taken. */
export const leakReportedBody = z
  .object({
    accepted: z.literal(true),
    keyId: z.string().optional(),
    credentialId: z.string().optional(),
  })
  .meta({ id: 'LeakReported' })

/** One match, as the secret scanning of GitHub sends it. Fields that it adds are welcome. */
export const partnerMatch = z.looseObject({
  token: z.string().min(1).max(4096),
  type: z.string().max(256),
  url: z.string().max(4096).nullish(),
  source: z.string().max(256).nullish(),
})

/** `POST /leaks/github`. */
export const partnerReportBody = z.array(partnerMatch).max(1000)

/** What we say to each match: whether the token is, or ever was, one of ours. */
export const partnerFeedbackBody = z.array(
  z.object({
    token_raw: z.string(),
    token_type: z.string(),
    label: z.enum(['true_positive', 'false_positive']),
  }),
)
