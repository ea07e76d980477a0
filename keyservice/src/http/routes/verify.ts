import { createRoute } from '@hono/zod-openapi'
import { verdictBody, verifyBody, whoamiBody } from '@latchkey/core'
import { whoami } from '../../keys/whoami.ts'
import type { Service } from '../../service.ts'
import type { App } from '../app.ts'
import { accountHeader, body, json, problems } from './answers.ts'

/** What `verify-answer.ts` answers, for the document and for who asks with another method. */
export const verifyRoute = createRoute({
  method: 'post',
  path: '/verify',
  operationId: 'verify',
  summary: 'Ask whether a credential works',
  description: 'The verdict is data: a credential that does not work is an answer, not an error.',
  tags: ['Verification'],
  request: { headers: accountHeader, ...body(verifyBody) },
  responses: { 200: json(verdictBody, 'The verdict'), ...problems },
})

const whoamiRoute = createRoute({
  method: 'get',
  path: '/whoami',
  operationId: 'whoami',
  summary: 'Who the caller is',
  description: 'What it may do, and what room its plan leaves.',
  tags: ['Verification'],
  request: { headers: accountHeader },
  responses: { 200: json(whoamiBody, 'The caller'), ...problems },
})

/** `GET /whoami`, and the description of `POST /verify`, which `verify-answer.ts` answers before hono is asked. */
export function verifyRoutes(app: App, service: Service): void {
  app.openAPIRegistry.registerPath(verifyRoute)
  app.openapi(whoamiRoute, async (context) =>
    context.json(await whoami(service, context.var.caller), 200),
  )
}
