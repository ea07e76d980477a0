import { createRoute } from '@hono/zod-openapi'
import {
  activateKeyBody,
  disableKeyBody,
  issuedKeyBody,
  keyRecord,
  rotateKeyBody,
} from '@latchkey/core'
import { activateKey } from '../../keys/activate.ts'
import { disableKey } from '../../keys/disable.ts'
import { enableKey } from '../../keys/enable.ts'
import { endPrevious } from '../../keys/end-previous.ts'
import { rotateKey } from '../../keys/rotate.ts'
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
import { issuedAnswer, noStore } from './keys.ts'

const tags = ['API keys']

const activate = createRoute({
  method: 'post',
  path: '/apikeys/{id}/activate',
  operationId: 'activateKey',
  summary: 'Acknowledge a token',
  description: 'A pending key stays from now on. Safe to repeat.',
  tags,
  request: { headers: accountHeader, params: idParam, ...body(activateKeyBody) },
  responses: { 200: json(keyRecord, 'The key as it is now'), ...problems },
})

const rotate = createRoute({
  method: 'post',
  path: '/apikeys/{id}/rotate',
  operationId: 'rotateKey',
  summary: 'Give a key a new token',
  description:
    'The record stays; the token of before ends at once, after a grace period, or later.',
  tags,
  request: { headers: idempotencyHeader, params: idParam, ...body(rotateKeyBody) },
  responses: { 200: json(issuedKeyBody, 'The key and its new token'), ...problems },
})

const previous = createRoute({
  method: 'delete',
  path: '/apikeys/{id}/previous',
  operationId: 'endPrevious',
  summary: 'End a grace period',
  description: 'The previous token is dead at once. Safe to repeat.',
  tags,
  request: { headers: accountHeader, params: idParam },
  responses: { ...nothing, ...problems },
})

const disable = createRoute({
  method: 'post',
  path: '/apikeys/{id}/disable',
  operationId: 'disableKey',
  summary: 'Switch a key off',
  description: 'At once, until it is enabled again. Safe to repeat.',
  tags,
  request: { headers: accountHeader, params: idParam, ...body(disableKeyBody) },
  responses: { 200: json(keyRecord, 'The key as it is now'), ...problems },
})

const enable = createRoute({
  method: 'post',
  path: '/apikeys/{id}/enable',
  operationId: 'enableKey',
  summary: 'Switch a key on again',
  description: 'Needs every right that the key has. A leaked key stays off. Safe to repeat.',
  tags,
  request: { headers: accountHeader, params: idParam },
  responses: { 200: json(keyRecord, 'The key as it is now'), ...problems },
})

/** What happens to a key between its issue and its end. */
export function keyLifeRoutes(app: App, service: Service): void {
  app.openapi(activate, async (context) => {
    const { id } = context.req.valid('param')
    const { credentialId } = context.req.valid('json')
    return context.json(await activateKey(service, context.var.caller, id, credentialId), 200)
  })
  app.openapi(rotate, async (context) => {
    const { id } = context.req.valid('param')
    const name = context.req.valid('header')['idempotency-key']
    const wish = context.req.valid('json')
    const issued = await rotateKey(service, context.var.caller, id, wish, name)
    return context.json(issuedAnswer(issued), 200, noStore)
  })
  app.openapi(previous, async (context) => {
    await endPrevious(service, context.var.caller, context.req.valid('param').id)
    return context.body(null, 204)
  })
  app.openapi(disable, async (context) => {
    const { id } = context.req.valid('param')
    const { reason } = context.req.valid('json')
    return context.json(await disableKey(service, context.var.caller, id, reason), 200)
  })
  app.openapi(enable, async (context) =>
    context.json(await enableKey(service, context.var.caller, context.req.valid('param').id), 200),
  )
}
