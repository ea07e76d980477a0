import { z } from '@hono/zod-openapi'
import { problemBody } from '@latchkey/core'

/** An answer with a JSON body. */
export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** A body that the route must be given. */
export function body<S extends z.ZodType>(schema: S) {
  return { body: { required: true as const, content: { 'application/json': { schema } } } }
}

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemBody } },
})

/** What every route may answer instead, by the table of reasons. */
export const problems = {
  400: problem('The request does not have the right shape'),
  401: problem('No credential, or one that does not work'),
  402: problem('The plan of the account does not allow it'),
  403: problem('The caller may not do this'),
  404: problem('Nothing there that the caller may see'),
  405: problem('This service is set not to do that'),
  409: problem('It cannot be done in the present state'),
  413: problem('The body is too large'),
  415: problem('The body is not said to be JSON'),
  422: problem('What the request refers to cannot be used'),
  429: problem('Too many requests; see Retry-After'),
  500: problem('A fault of the service'),
  503: problem('The service cannot work now'),
} as const

/** What routes with a cursor may answer besides. */
export const cursorProblems = {
  ...problems,
  410: problem('The cursor is no longer served; begin anew'),
} as const

/** The answer without a body. */
export const nothing = { 204: { description: 'Done; there is nothing to say' } } as const

/** `{id}` in a path. */
export const idParam = z.object({ id: z.string().min(1).max(128) })

/** The account that a request is about: one, the caller's primary one by default. */
export const accountHeader = z.object({
  'x-account-id': z.string().optional().meta({
    description: 'The account this is about. Default: the primary account of the caller.',
  }),
})

/** The same, for requests that may be repeated under a name. */
export const idempotencyHeader = accountHeader.extend({
  'idempotency-key': z.string().min(1).max(255).optional().meta({
    description: 'Names the attempt: repeated under the same name, it makes no second key.',
  }),
})
