import { z } from 'zod'

// What makes a key service that of one product: how its keys behave, and the words and columns that its console shows.
// The rules read these settings; none of them knows a product's name.

const name = z.string().min(1).max(128)
const words = z.string().min(1).max(512)

/** The products whose behaviour can be chosen; `default` has everything that any of them does. */
export const presetNames = ['default', 'pulze', 'pulsapi', 'pulseapi', 'pulse', 'sippulse'] as const

export type PresetName = (typeof presetNames)[number]

/** What a change can reach. Metadata is not among them: what a client notes for itself may always change. */
export const mutableFields = ['displayName', 'description', 'scopes', 'expiration'] as const

/** What a list of keys can show, in the words of a key's record. */
export const listColumns = [
  'displayName',
  'preview',
  'space',
  'owner',
  'scopes',
  'state',
  'createdTime',
  'lastUsedTime',
  'expirationTime',
] as const

/** How the keys of this service behave. */
export const keySettings = z
  .strictObject({
    /** Every key must belong to a space. */
    spaceRequired: z.boolean().default(false),
    /** With no permissions listed: whether any name will do. */
    unlistedScopes: z.boolean().default(true),
    mutable: z.array(z.enum(mutableFields)).default([...mutableFields]),
    /** `None`: issue a new key and revoke the old; `Immediate`: the old token ends at once; `Overlapping`: or later. */
    rotation: z.enum(['None', 'Immediate', 'Overlapping']).default('Overlapping'),
    /** How long revoked keys can still be read and listed; absent: for ever, 0: not at all. The audit trail keeps them. */
    revokedRetentionSeconds: z.int().min(0).optional(),
  })
  .prefault({})

/** The status of answers in which the products disagree. */
export const statusSettings = z
  .strictObject({
    PlanRequired: z.union([z.literal(402), z.literal(403)]).default(402),
    SubscriptionInactive: z.union([z.literal(402), z.literal(403)]).default(402),
    QuotaExceeded: z.union([z.literal(402), z.literal(403)]).default(403),
  })
  .prefault({})

/** What the console and the guide say. */
export const labelSettings = z
  .strictObject({
    product: name.default('Latchkey'),
    create: name.default('Create API key'),
    remove: name.default('Revoke'),
    /** For accounts whose plan has no keys. */
    upgrade: z
      .strictObject({ text: words, button: name })
      .default({ text: 'Your plan has no API keys.', button: 'Upgrade' }),
    columns: z
      .array(z.enum(listColumns))
      .default(['displayName', 'preview', 'scopes', 'state', 'createdTime', 'lastUsedTime']),
    /** An address of the product, for the examples of the guide. */
    exampleUrl: z.url().default('https://api.example.com/v1/things'),
  })
  .prefault({})

export type KeySettings = Readonly<z.infer<typeof keySettings>>
export type StatusSettings = Readonly<z.infer<typeof statusSettings>>
export type LabelSettings = Readonly<z.infer<typeof labelSettings>>
