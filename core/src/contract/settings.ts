import { z } from 'zod'
import { previewStyles } from '../domain/token-format.ts'
import { planBody } from './accounts.ts'

/** `GET /settings`: how this key service behaves, for consoles and clients. Open to anybody: nothing in it is secret. */
export const settingsBody = z
  .object({
    preset: z.string(),
    environment: z.string(),
    credential: z.object({
      kind: z.enum(['token', 'pair']),
      prefix: z.string().meta({ description: 'Of the token, or of the secret of a pair.' }),
      preview: z.enum(previewStyles),
    }),
    authentication: z
      .record(z.string(), z.boolean())
      .meta({ description: 'The ways to authenticate, and which of them are served.' }),
    keys: z.object({
      spaceRequired: z.boolean(),
      unlistedScopes: z.boolean(),
      mutable: z.array(z.string()).meta({ description: 'The fields that a change can reach.' }),
      rotation: z.enum(['None', 'Immediate', 'Overlapping']),
      revokedRetentionSeconds: z.number().int().optional().meta({
        description: 'How long revoked keys can still be read; absent: for ever.',
      }),
    }),
    plans: z.array(planBody),
    labels: z.object({
      product: z.string(),
      create: z.string(),
      remove: z.string(),
      upgrade: z.object({ text: z.string(), button: z.string() }),
      columns: z.array(z.string()).meta({ description: 'What a list of keys shows, in order.' }),
    }),
  })
  .meta({ id: 'Settings' })
