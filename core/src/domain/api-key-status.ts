import { z } from 'zod'
import { serviceRef } from './api-key.ts'
import { conditions } from './condition.ts'

const keyInStatus = z.object({
  keyId: z.string(),
  credentialId: z.string(),
  preview: z.string(),
  revision: z.number().int().min(1),
  issuedTime: z.iso.datetime(),
  expirationTime: z.iso.datetime().optional(),
  lastUsedTime: z.iso.datetime().optional(),
})

/** As many keys in their grace period as a status has room for. */
export const previousAtMost = 16

/** What the operator tells about an ApiKey. It never holds a token, and it is not what decisions rest on. */
export const apiKeyStatus = z.object({
  observedGeneration: z.number().int().min(0).optional(),
  conditions: conditions.optional(),
  serviceRef: serviceRef
    .optional()
    .meta({ description: 'The service the key comes from; it never changes.' }),
  current: keyInStatus.optional(),
  previous: z
    .array(
      z.object({
        keyId: z.string(),
        preview: z.string(),
        revocationTime: z.iso.datetime().meta({ description: 'End of the grace period.' }),
      }),
    )
    .max(previousAtMost)
    .optional(),
  nextRotationTime: z.iso.datetime().optional(),
  secret: z
    .object({ name: z.string(), resourceVersion: z.string() })
    .optional()
    .meta({ description: 'The Secret as we last wrote or checked it.' }),
  binding: z.object({ name: z.string() }).optional().meta({
    description: 'Service Binding specification: the Secret to bind to.',
  }),
})

export type ApiKeyStatus = z.infer<typeof apiKeyStatus>
