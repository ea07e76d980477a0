import { z } from '@hono/zod-openapi'
import { problemBody, text } from '@latchkey/core'
import { accountName } from '../../auth/x-account-id.ts'

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
  405: problem('The path does not have this method, or this service is set not to do that'),
  408: problem('The request did not arrive in time'),
  409: problem('It cannot be done in the present state'),
  413: problem('The body is too large'),
  415: problem('The body is not said to be JSON'),
  422: problem('What the request refers to cannot be used'),
  429: problem('Too many requests; see Retry-After'),
  431: problem('The address and the headers are too large'),
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
export const idParam = z.object({ id: text(1, 128) })

/** The account that a request is about: one, the caller's primary one by default. */
export const accountHeader = z.object({
  'x-account-id': z.string().regex(accountName, 'must name exactly one account').optional().meta({
    description: 'The account this is about. Default: the primary account of the caller.',
  }),
})

/** The same, for requests that may be repeated under a name. */
export const idempotencyHeader = accountHeader.extend({
  'idempotency-key': text(1, 255).optional().meta({
    description: 'Names the attempt: repeated under the same name, it makes no second key.',
  }),
})
