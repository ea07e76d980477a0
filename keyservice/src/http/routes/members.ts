import { createRoute, type z } from '@hono/zod-openapi'
import {
  createSpaceBody,
  createUserBody,
  spaceBody,
  spaceListBody,
  userBody,
  userListBody,
} from '@latchkey/core'
import { createMember, listMembers, removeMember } from '../../accounts/members.ts'
import { spaceKind } from '../../accounts/spaces.ts'
import { userKind } from '../../accounts/users.ts'
import type { Service } from '../../service.ts'
import type { App } from '../app.ts'
import { accountHeader, body, idParam, json, nothing, problems } from './answers.ts'

/** `/spaces` and `/users`, in the account of the request. */
export function memberRoutes(app: App, service: Service): void {
  const space = routes('space', createSpaceBody, spaceBody, spaceListBody)
  app.openapi(space.create, async (context) =>
    context.json(
      await createMember(service, context.var.caller, spaceKind, context.req.valid('json')),
      201,
    ),
  )
  app.openapi(space.list, async (context) =>
    context.json({ items: await listMembers(service, context.var.caller, spaceKind) }, 200),
  )
  app.openapi(space.remove, async (context) => {
    await removeMember(service, context.var.caller, spaceKind, context.req.valid('param').id)
    return context.body(null, 204)
  })

  const user = routes('user', createUserBody, userBody, userListBody)
  app.openapi(user.create, async (context) =>
    context.json(
      await createMember(service, context.var.caller, userKind, context.req.valid('json')),
      201,
    ),
  )
  app.openapi(user.list, async (context) =>
    context.json({ items: await listMembers(service, context.var.caller, userKind) }, 200),
  )
  app.openapi(user.remove, async (context) => {
    await removeMember(service, context.var.caller, userKind, context.req.valid('param').id)
    return context.body(null, 204)
  })
}

function routes<Create extends z.ZodType, Record extends z.ZodType, List extends z.ZodType>(
  word: 'space' | 'user',
  createBody: Create,
  record: Record,
  listBody: List,
) {
  const path = `/${word}s` as const
  const name = word === 'space' ? 'Space' : 'User'
  const tags = [`${name}s`]
  return {
    create: createRoute({
      method: 'post',
      path,
      operationId: `create${name}`,
      summary: `Make a ${word}`,
      description: `Needs the right manageAccount.`,
      tags,
      request: { headers: accountHeader, ...body(createBody) },
      responses: { 201: json(record, `The ${word}`), ...problems },
    }),
    list: createRoute({
      method: 'get',
      path,
      operationId: `list${name}s`,
      summary: `List ${word}s`,
      description: 'Those of the account.',
      tags,
      request: { headers: accountHeader },
      responses: { 200: json(listBody, `The ${word}s`), ...problems },
    }),
    remove: createRoute({
      method: 'delete',
      path: `${path}/{id}`,
      operationId: `remove${name}`,
      summary: `Remove a ${word}`,
      description: 'Needs the right manageAccount. Safe to repeat.',
      tags,
      request: { headers: accountHeader, params: idParam },
      responses: { ...nothing, ...problems },
    }),
  }
}
