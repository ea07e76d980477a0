import { z } from 'zod'
import { expiration } from '../domain/expiration.ts'
import { keyRecord } from '../domain/key-record.ts'
import { scope } from '../domain/scope.ts'

// The bodies of /apikeys. The key service builds its routes and its OpenAPI document from these, the driver
// reads its answers with them: neither can drift from the other.

const metadata = z.record(z.string().min(1).max(128), z.string().max(512))
const displayName = z.string().min(1).max(128)
const description = z.string().max(512)
const scopes = z.array(scope).max(64)
const reference = z.string().min(1).max(128)

/** `POST /apikeys`. With `pending`, the key dies unless it is acknowledged or used (a day by default). */
export const createKeyBody = z.strictObject({
  displayName,
  description: description.optional(),
  space: reference.optional(),
  owner: reference.optional(),
  scopes: scopes.optional(),
  expiration: expiration.optional(),
  metadata: metadata.optional(),
  pending: z.boolean().optional(),
})

/** The only answer that carries a token: `token`, or `apiKey` and `apiSecret`, depending on the service. */
export const issuedKeyBody = z.object({
  key: keyRecord,
  credential: z.object({
    id: z.string(),
    token: z.string().optional(),
    apiKey: z.string().optional(),
    apiSecret: z.string().optional(),
  }),
})

/** `PATCH /apikeys/{id}`: what is absent stays; `null` removes; `metadata` is replaced as a whole. */
export const updateKeyBody = z.strictObject({
  displayName: displayName.optional(),
  description: description.nullable().optional(),
  scopes: scopes.optional(),
  expiration: expiration.nullable().optional(),
  metadata: metadata.optional(),
})

/** `POST /apikeys/{id}/activate`: acknowledges one token of the key. */
export const activateKeyBody = z.strictObject({ credentialId: z.string().min(1).max(128) })

/**
 * `GET /apikeys`: `metadata` is repeatable, `name=value`, and all must match. `cursor` comes from the last page's
 * `nextCursor`; a list without one is complete.
 */
export const keyListBody = z.object({
  items: z.array(keyRecord),
  total: z.number().int(),
  nextCursor: z.string().optional(),
})
