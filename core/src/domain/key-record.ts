import { z } from 'zod'
import { scope } from './scope.ts'

/** RFC 3339, in whatever offset the service writes. */
const instant = z.iso.datetime({ offset: true })

/** The states of a key at its service. `pending` and `active` can be used; the others never verify. */
export const keyState = z.enum(['pending', 'active', 'disabled', 'expired', 'revoked'])

/** One token of a key. A key has two at most: the current one and, in a grace period, the previous one. */
export const keyCredential = z.object({
  id: z.string().meta({ description: 'Identity of this one token; changes with every rotation.' }),
  role: z.enum(['current', 'previous']),
  preview: z.string().meta({ description: 'Masked form, harmless.' }),
  createdTime: instant,
  expirationTime: instant.optional().meta({ description: 'End of the grace period.' }),
  lastUsedTime: instant.optional(),
})

/** A key as its service describes it to whoever may see it: everything but the token. */
export const keyRecord = z
  .object({
    id: z.string().meta({ description: 'Public handle, for example apiKey-k3jx0v2q8m1z.' }),
    displayName: z.string(),
    description: z.string().optional(),
    account: z.string(),
    space: z.string().optional(),
    owner: z.string().optional(),
    scopes: z.array(scope),
    platform: z
      .boolean()
      .optional()
      .meta({ description: 'True for one that reaches over all accounts.' }),
    state: keyState,
    stateReason: z
      .string()
      .optional()
      .meta({ description: 'Why it is not active, for example KeyLeaked.' }),
    stateMessage: z
      .string()
      .optional()
      .meta({ description: 'The same in the words of who switched it off.' }),
    credentials: z.array(keyCredential).max(2),
    metadata: z.record(z.string(), z.string()),
    createdTime: instant,
    activatedTime: instant.optional(),
    expirationTime: instant.optional(),
    revocationTime: instant.optional(),
    lastUsedTime: instant.optional(),
    usesCompleteTime: instant.optional().meta({
      description: 'Every use before this instant is counted, whichever replica saw it.',
    }),
    version: z.number().int().meta({ description: 'Grows with every change, not with uses.' }),
  })
  .meta({ id: 'ApiKey' })

export type KeyState = z.infer<typeof keyState>
export type KeyCredential = z.infer<typeof keyCredential>
export type KeyRecord = z.infer<typeof keyRecord>

/** True while a token of this key can still verify: what the law of "no orphan" counts. */
export function isLive(key: Pick<KeyRecord, 'state'>): boolean {
  return key.state === 'active' || key.state === 'pending'
}

/** The token of the key that was issued last. */
export function currentCredential(key: KeyRecord): KeyCredential | undefined {
  return key.credentials.find((credential) => credential.role === 'current')
}
