import { createRoute, type z } from '@hono/zod-openapi'
import {
  createKeyBody,
  credentialParts,
  issuedKeyBody,
  keyListBody,
  keyListQuery,
  keyRecord,
  revokedOwnedBody,
  revokeOwnedBody,
  updateKeyBody,
  usageBody,
} from '@latchkey/core'
import { getKey } from '../../keys/get.ts'
import { type Issued, issueKey } from '../../keys/issue.ts'
import { listKeys } from '../../keys/list.ts'
import { revokeKey } from '../../keys/revoke.ts'
import { revokeOwned } from '../../keys/revoke-owned.ts'
import { updateKey } from '../../keys/update.ts'
import { keyUsage } from '../../keys/usage.ts'
import type { Service } from '../../service.ts'
import type { App } from '../app.ts'
import {
  accountHeader,
  body,
  idempotencyHeader,
  idParam,
  json,
  nothing,
  problems,
} from './answers.ts'

const tags = ['API keys']
const issue = createRoute({
  method: 'post',
  path: '/apikeys',
  operationId: 'issueKey',
  summary: 'Issue a key',
  description: 'The only answer, beside that of a rotation, that carries a token.',
  tags,
  request: { headers: idempotencyHeader, ...body(createKeyBody) },
  responses: { 201: json(issuedKeyBody, 'The key and its token'), ...problems },
})

const list = createRoute({
  method: 'get',
  path: '/apikeys',
  operationId: 'listKeys',
  summary: 'List keys',
  description: 'Page by page; a page without nextCursor is the last.',
  tags,
  request: { headers: accountHeader, query: keyListQuery },
  responses: { 200: json(keyListBody, 'One page'), ...problems },
})

const get = createRoute({
  method: 'get',
  path: '/apikeys/{id}',
  operationId: 'getKey',
  summary: 'Read a key',
  description: 'Everything but the token.',
  tags,
  request: { headers: accountHeader, params: idParam },
  responses: { 200: json(keyRecord, 'The key'), ...problems },
})

const usage = createRoute({
  method: 'get',
  path: '/apikeys/{id}/usage',
  operationId: 'getKeyUsage',
  summary: 'What a key was used for',
  description: 'Each scope with the number of its uses; one without any may not be needed.',
  tags,
  request: { headers: accountHeader, params: idParam },
  responses: { 200: json(usageBody, 'The uses'), ...problems },
})

const update = createRoute({
  method: 'patch',
  path: '/apikeys/{id}',
  operationId: 'updateKey',
  summary: 'Change a key',
  description: 'What is absent stays; null removes.',
  tags,
  request: { headers: accountHeader, params: idParam, ...body(updateKeyBody) },
  responses: { 200: json(keyRecord, 'The key as it is now'), ...problems },
})

const revoke = createRoute({
  method: 'delete',
  path: '/apikeys/{id}',
  operationId: 'revokeKey',
  summary: 'Revoke a key',
  description: 'At once and for ever. Safe to repeat.',
  tags,
  request: { headers: accountHeader, params: idParam },
  responses: { ...nothing, ...problems },
})

const revokeOwnedRoute = createRoute({
  method: 'post',
  path: '/apikeys/revoke',
  operationId: 'revokeOwnedKeys',
  summary: 'Revoke all keys of an owner',
  description: 'For when a person leaves: all of them or, if the confirmed number is wrong, none.',
  tags,
  request: { headers: accountHeader, ...body(revokeOwnedBody) },
  responses: { 200: json(revokedOwnedBody, 'The keys that were ended'), ...problems },
})

/** `/apikeys` and `/apikeys/{id}`. */
export function keyRoutes(app: App, service: Service): void {
  app.openapi(issue, async (context) => {
    const name = context.req.valid('header')['idempotency-key']
    const issued = await issueKey(service, context.var.caller, context.req.valid('json'), name)
    return context.json(issuedAnswer(issued), 201, noStore)
  })
  app.openapi(list, async (context) =>
    context.json(await listKeys(service, context.var.caller, context.req.valid('query')), 200),
  )
  app.openapi(get, async (context) =>
    context.json(await getKey(service, context.var.caller, context.req.valid('param').id), 200),
  )
  app.openapi(usage, async (context) =>
    context.json(await keyUsage(service, context.var.caller, context.req.valid('param').id), 200),
  )
  app.openapi(update, async (context) => {
    const { id } = context.req.valid('param')
    const key = await updateKey(service, context.var.caller, id, context.req.valid('json'))
    return context.json(key, 200)
  })
  app.openapi(revokeOwnedRoute, async (context) =>
    context.json(await revokeOwned(service, context.var.caller, context.req.valid('json')), 200),
  )
  app.openapi(revoke, async (context) => {
    await revokeKey(service, context.var.caller, context.req.valid('param').id)
    return context.body(null, 204)
  })
}

/** Answers that carry a token are kept by nobody on the way. */
export const noStore = { 'cache-control': 'no-store' } as const

/** The body of the two answers that carry a token. */
export function issuedAnswer(issued: Issued): z.infer<typeof issuedKeyBody> {
  return {
    key: issued.key,
    credential: { id: issued.credentialId, ...credentialParts(issued.credential) },
  }
}
