import { createRoute } from '@hono/zod-openapi'
import { permissionListBody, planListBody } from '@latchkey/core'
import { serviceRights } from '../../auth/right.ts'
import type { Service } from '../../service.ts'
import type { App } from '../app.ts'
import { accountHeader, json, problems } from './answers.ts'

const plans = createRoute({
  method: 'get',
  path: '/plans',
  operationId: 'listPlans',
  summary: 'List plans',
  description: 'What each allows.',
  tags: ['Catalogue'],
  request: { headers: accountHeader },
  responses: { 200: json(planListBody, 'The plans'), ...problems },
})

const permissions = createRoute({
  method: 'get',
  path: '/permissions',
  operationId: 'listPermissions',
  summary: 'List permissions',
  description: 'The rights that a key may have: those of the product and those of this service.',
  tags: ['Catalogue'],
  request: { headers: accountHeader },
  responses: { 200: json(permissionListBody, 'The permissions'), ...problems },
})

/** What the configuration offers: plans and permissions. */
export function catalogueRoutes(app: App, service: Service): void {
  app.openapi(plans, (context) => context.json({ items: [...service.rules.plans] }, 200))
  app.openapi(permissions, (context) =>
    context.json({ items: [...service.rules.permissions, ...serviceRights] }, 200),
  )
}
