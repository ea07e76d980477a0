import { z } from 'zod'
import { expiration } from '../domain/expiration.ts'
import { keyRecord, keyState } from '../domain/key-record.ts'
import { scope } from '../domain/scope.ts'
import { text } from './text.ts'

// The bodies of /apikeys. The key service builds its routes and its OpenAPI document from these, the driver
// reads its answers with them: neither can drift from the other.

const metadataName = text(1, 128)
const { $schema: _, ...propertyNames } = z.toJSONSchema(metadataName)
// Said once more for the document, which would not tell what a name may be.
const metadata = z.record(metadataName, text(0, 512)).meta({ propertyNames })
const displayName = text(1, 128)
const description = text(0, 512)
const scopes = z.array(scope).max(64)
const reference = text(1, 128)

/** What its rules say across the fields, for the document; "0s" would end it at once. */
const ends = [
  {
    type: 'object',
    required: ['after'],
    properties: { after: { type: 'string', pattern: '[1-9]' }, time: false },
  },
  { type: 'object', required: ['time'], properties: { after: false } },
]
const end = expiration.meta({ oneOf: ends, 'x-kubernetes-validations': undefined })

/** `POST /apikeys`. With `pending`, the key dies unless it is acknowledged or used (a day by default). */
export const createKeyBody = z.strictObject({
  displayName,
  description: description.optional(),
  space: reference.optional(),
  owner: reference.optional(),
  scopes: scopes.optional(),
  expiration: end.optional(),
  metadata: metadata.optional(),
  pending: z.boolean().optional(),
  platform: z.boolean().optional().meta({
    description:
      'Reaches over all accounts, with its scopes alone: for a product that verifies for all of them. Only a platform credential makes one.',
  }),
  token: text(1, 512).optional().meta({
    description:
      'A token of your own making, for who must store it before it works. Needs the right chooseToken.',
  }),
})

/** The only answer that carries a token: `token`, or `apiKey` and `apiSecret`, depending on the service. */
export const issuedKeyBody = z
  .object({
    key: keyRecord,
    credential: z.object({
      id: z.string(),
      token: z.string().optional(),
      apiKey: z.string().optional(),
      apiSecret: z.string().optional(),
    }),
  })
  .meta({ id: 'IssuedKey' })

/** `PATCH /apikeys/{id}`: what is absent stays; `null` removes; `metadata` is replaced as a whole. */
export const updateKeyBody = z.strictObject({
  displayName: displayName.optional(),
  description: description.nullable().optional(),
  scopes: scopes.optional(),
  expiration: end
    .nullable()
    .meta({ oneOf: [{ type: 'null' }, ...ends] })
    .optional(),
  metadata: metadata.optional(),
})

/** `POST /apikeys/{id}/activate`: acknowledges one token of the key. */
export const activateKeyBody = z.strictObject({ credentialId: text(1, 128) })

/** `POST /apikeys/{id}/rotate`: a second token for the same record; two at most. */
export const rotateKeyBody = z.strictObject({
  gracePeriodSeconds: z.number().int().min(0).max(31_536_000).optional().meta({
    description: 'How long the previous token still works. 0, the default, ends it at once.',
  }),
  pending: z.boolean().optional().meta({
    description: 'The new token dies unless it is activated or used; the old one works until then.',
  }),
})

/** `POST /apikeys/revoke`: ends every key of an owner. */
export const revokeOwnedBody = z.strictObject({
  owner: reference,
  confirm: z.number().int().min(0).meta({
    description: 'How many keys that ends, as you have seen them; another number ends none.',
  }),
})

/** `GET /apikeys/{id}/usage`: what a key was used for, over all its tokens. */
export const usageBody = z
  .object({
    keyId: z.string(),
    lastUsedTime: z.iso.datetime().optional(),
    usesCompleteTime: z.iso.datetime().optional(),
    scopes: z.array(
      z.object({
        name: z.string(),
        granted: z.boolean().meta({ description: 'False for one that the key has no longer.' }),
        uses: z.number().int(),
        lastUsedTime: z.iso.datetime().optional(),
      }),
    ),
  })
  .meta({ id: 'Usage' })

/** The ids of the keys that were ended. */
export const revokedOwnedBody = z
  .object({ revoked: z.array(z.string()) })
  .meta({ id: 'RevokedKeys' })

/** `POST /apikeys/{id}/disable`. */
export const disableKeyBody = z.strictObject({
  reason: text(1, 256).optional().meta({
    description: 'Why, for who reads the key (stateMessage) and for the audit trail.',
  }),
})

/** Orders of `GET /apikeys`; a minus means the last first. */
export const keySorts = ['createdTime', '-createdTime', 'displayName', '-displayName'] as const

const pair = z
  .string()
  .max(1024)
  .regex(/^[^=\0]+=[^\0]*$/, 'must be name=value')

/** The query of `GET /apikeys`; every condition given must match. */
export const keyListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z
    .string()
    .max(1024)
    .regex(/^[A-Za-z0-9_-]+$/, 'must be the nextCursor of an earlier page')
    .optional(),
  sort: z.enum(keySorts).default('createdTime'),
  state: keyState.optional(),
  space: reference.optional(),
  owner: reference.optional(),
  search: text(1, 128).optional().meta({
    description: 'Part of the name, in any case.',
  }),
  metadata: z
    .union([pair, z.array(pair).max(16)], 'must be name=value, 16 times at most')
    .optional()
    .meta({ description: 'name=value, repeatable.' }),
})

/**
 * `GET /apikeys`: `metadata` is repeatable, `name=value`, and all must match. `cursor` comes from the last page's
 * `nextCursor`; a list without one is complete.
 */
export const keyListBody = z.object({
  items: z.array(keyRecord),
  total: z.number().int().meta({
    description: 'How many keys match in all, on later pages as counted for the first.',
  }),
  nextCursor: z.string().optional(),
})
