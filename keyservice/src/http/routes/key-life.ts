import { createRoute } from '@hono/zod-openapi'
import { activateKeyBody, keyRecord } from '@latchkey/core'
import { activateKey } from '../../keys/activate.ts'
import type { Service } from '../../service.ts'
import type { App } from '../app.ts'
import { accountHeader, body, idParam, json, problems } from './answers.ts'

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

/** What happens to a key between its issue and its end. */
export function keyLifeRoutes(app: App, service: Service): void {
  app.openapi(activate, async (context) => {
    const { id } = context.req.valid('param')
    const { credentialId } = context.req.valid('json')
    return context.json(await activateKey(service, context.var.caller, id, credentialId), 200)
  })
}
