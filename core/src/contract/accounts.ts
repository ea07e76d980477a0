import { z } from 'zod'
import { scope } from '../domain/scope.ts'
import { text } from './text.ts'

// The bodies of what keys belong to: accounts, their spaces and users, and the plans and permissions that bound them.

const displayName = text(1, 128)
/** Browsers load it: nothing but the web, nobody's password, and nothing that a parser would have to repair. */
const picture = z
  .string()
  .max(2048)
  .regex(
    /^https?:\/\/([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?$/,
    'must be an http or https URL such as https://example.com/logo.png',
  )
const reference = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be letters, digits, dots, dashes or underscores')

/** `POST /accounts`. Without an `id` the service makes one; the id of a deleted account is never given again. */
export const createAccountBody = z.strictObject({
  id: reference.optional(),
  displayName,
  plan: reference.optional(),
  scopes: z.array(scope).max(256).optional().meta({
    description: 'The rights available to the account; without it, all of them.',
  }),
})

/** `PATCH /accounts/{id}`: narrowing `scopes` narrows every key of the account at once. */
export const updateAccountBody = z.strictObject({
  displayName: displayName.optional(),
  plan: reference.optional(),
  scopes: z.array(scope).max(256).nullable().optional(),
  subscriptionActive: z.boolean().optional(),
})

export const accountBody = z
  .object({
    id: z.string(),
    displayName: z.string(),
    plan: z.string(),
    scopes: z.array(z.string()).optional(),
    subscriptionActive: z.boolean(),
    createdTime: z.iso.datetime(),
  })
  .meta({ id: 'Account' })

/** `POST /spaces`, in the account of the request. */
export const createSpaceBody = z.strictObject({
  id: reference.optional(),
  displayName,
  logo: picture.optional(),
})

export const spaceBody = z
  .object({
    id: z.string(),
    account: z.string(),
    displayName: z.string(),
    logo: z.string().optional(),
    createdTime: z.iso.datetime(),
  })
  .meta({ id: 'Space' })

/** `POST /users`, in the account of the request. */
export const createUserBody = z.strictObject({
  id: reference.optional(),
  displayName,
  avatar: picture.optional(),
})

export const userBody = z
  .object({
    id: z.string(),
    account: z.string(),
    displayName: z.string(),
    avatar: z.string().optional(),
    createdTime: z.iso.datetime(),
  })
  .meta({ id: 'User' })

const rateLimit = z.object({ requests: z.number().int(), windowSeconds: z.number().int() })

/** What a plan allows. Without `keyLimit` there is none; without `apiKeys` the plan has no keys at all. */
export const planBody = z.object({
  id: z.string(),
  displayName: z.string(),
  apiKeys: z.boolean(),
  keyLimit: z.number().int().optional(),
  rateLimits: z
    .object({ perKey: rateLimit.optional(), perAccount: rateLimit.optional() })
    .optional(),
})

/** One right that a key may have. */
export const permissionBody = z.object({ name: z.string(), description: z.string().optional() })

export const accountListBody = z.object({ items: z.array(accountBody) })
export const spaceListBody = z.object({ items: z.array(spaceBody) })
export const userListBody = z.object({ items: z.array(userBody) })
export const planListBody = z.object({ items: z.array(planBody) })
export const permissionListBody = z.object({ items: z.array(permissionBody) })
