import { createRoute } from '@hono/zod-openapi'
import { accountBody, accountListBody, createAccountBody, updateAccountBody } from '@latchkey/core'
import {
  createAccount,
  deleteAccount,
  getAccount,
  listAccounts,
  updateAccount,
} from '../../accounts/accounts.ts'
import type { Service } from '../../service.ts'
import type { App } from '../app.ts'
import { accountHeader, body, idParam, json, nothing, problems } from './answers.ts'

const tags = ['Accounts']

const create = createRoute({
  method: 'post',
  path: '/accounts',
  operationId: 'createAccount',
  summary: 'Make an account',
  description: 'Needs the administrator’s credential.',
  tags,
  request: { headers: accountHeader, ...body(createAccountBody) },
  responses: { 201: json(accountBody, 'The account'), ...problems },
})

const list = createRoute({
  method: 'get',
  path: '/accounts',
  operationId: 'listAccounts',
  summary: 'List accounts',
  description: 'The account of the caller; all of them for a platform credential with readApiKeys.',
  tags,
  request: { headers: accountHeader },
  responses: { 200: json(accountListBody, 'The accounts'), ...problems },
})

const get = createRoute({
  method: 'get',
  path: '/accounts/{id}',
  operationId: 'getAccount',
  summary: 'Read an account',
  description: 'Its plan, and the rights that are available to it.',
  tags,
  request: { headers: accountHeader, params: idParam },
  responses: { 200: json(accountBody, 'The account'), ...problems },
})

const update = createRoute({
  method: 'patch',
  path: '/accounts/{id}',
  operationId: 'updateAccount',
  summary: 'Change an account',
  description: 'Needs the administrator’s credential. Its keys feel it at their next use.',
  tags,
  request: { headers: accountHeader, params: idParam, ...body(updateAccountBody) },
  responses: { 200: json(accountBody, 'The account as it is now'), ...problems },
})

const remove = createRoute({
  method: 'delete',
  path: '/accounts/{id}',
  operationId: 'deleteAccount',
  summary: 'Delete an account',
  description:
    'With all its keys, at once and for ever. Needs the administrator’s credential. Safe to repeat.',
  tags,
  request: { headers: accountHeader, params: idParam },
  responses: { ...nothing, ...problems },
})

/** `/accounts`. */
export function accountRoutes(app: App, service: Service): void {
  app.openapi(create, async (context) =>
    context.json(await createAccount(service, context.var.caller, context.req.valid('json')), 201),
  )
  app.openapi(list, async (context) =>
    context.json({ items: await listAccounts(service, context.var.caller) }, 200),
  )
  app.openapi(get, async (context) =>
    context.json(await getAccount(service, context.var.caller, context.req.valid('param').id), 200),
  )
  app.openapi(update, async (context) => {
    const { id } = context.req.valid('param')
    const account = await updateAccount(service, context.var.caller, id, context.req.valid('json'))
    return context.json(account, 200)
  })
  app.openapi(remove, async (context) => {
    await deleteAccount(service, context.var.caller, context.req.valid('param').id)
    return context.body(null, 204)
  })
}
