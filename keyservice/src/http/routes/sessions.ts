import { createRoute, type z } from '@hono/zod-openapi'
import {
  changePasswordBody,
  KeyError,
  loggedInBody,
  loginBody,
  sessionBody,
  setLoginBody,
} from '@latchkey/core'
import type { Caller } from '../../auth/caller.ts'
import { type LoginWith, login } from '../../auth/login.ts'
import { rightNames } from '../../auth/right.ts'
import { toSessionRecord } from '../../auth/session.ts'
import { changePassword, removeLogin, setLogin } from '../../auth/set-login.ts'
import type { Service } from '../../service.ts'
import type { StoredSession } from '../../store/port/sessions.ts'
import type { App, AppParts } from '../app.ts'
import { accountHeader, body, idParam, json, nothing, problems } from './answers.ts'
import { noStore } from './keys.ts'

const tags = ['Sessions']

const open = createRoute({
  method: 'post',
  path: '/auth/login',
  operationId: 'login',
  summary: 'Log in',
  description: 'Exchanges a credential, or a password, for a session token.',
  tags,
  security: [],
  request: { headers: accountHeader, ...body(loginBody) },
  responses: { 200: json(loggedInBody, 'The session and its token'), ...problems },
})

const get = createRoute({
  method: 'get',
  path: '/auth/session',
  operationId: 'getSession',
  summary: 'Read the session',
  description: 'The one that the request was sent with, and what it may do now.',
  tags,
  request: { headers: accountHeader },
  responses: { 200: json(sessionBody, 'The session'), ...problems },
})

const close = createRoute({
  method: 'delete',
  path: '/auth/session',
  operationId: 'logout',
  summary: 'Log out',
  description: 'Ends the session that the request was sent with.',
  tags,
  request: { headers: accountHeader },
  responses: { ...nothing, ...problems },
})

const password = createRoute({
  method: 'put',
  path: '/auth/password',
  operationId: 'changePassword',
  summary: 'Change the own password',
  description: 'Ends every session of the user, this one too.',
  tags,
  request: { headers: accountHeader, ...body(changePasswordBody) },
  responses: { ...nothing, ...problems },
})

const set = createRoute({
  method: 'put',
  path: '/users/{id}/login',
  operationId: 'setLogin',
  summary: 'Let a user log in',
  description: 'Needs the right manageAccount, and every right that the user has or gets.',
  tags,
  request: { headers: accountHeader, params: idParam, ...body(setLoginBody) },
  responses: { ...nothing, ...problems },
})

const remove = createRoute({
  method: 'delete',
  path: '/users/{id}/login',
  operationId: 'removeLogin',
  summary: 'End a user’s logging in',
  description: 'And his sessions. Needs the right manageAccount. Safe to repeat.',
  tags,
  request: { headers: accountHeader, params: idParam },
  responses: { ...nothing, ...problems },
})

/** `POST /auth/login`, which is open to anybody. */
export function loginRoute(app: App, { service, metrics }: AppParts): void {
  app.openapi(open, async (context) => {
    const given = loginWith(context.req.valid('json'))
    const account = context.req.valid('header')['x-account-id']
    const { token, session } = await login(service, given, account).catch((error: unknown) => {
      if (error instanceof KeyError) metrics.loginFailed(given.kind, error.reason)
      throw error
    })
    return context.json({ token: token.reveal(), session }, 200, noStore)
  })
}

/** `/auth/session`, and how users log in. */
export function sessionRoutes(app: App, service: Service): void {
  app.openapi(get, (context) => {
    const { caller } = context.var
    const { keyId, userId, rights } = caller
    const of = { scopes: rightNames(rights), ...(keyId && { keyId }), ...(userId && { userId }) }
    return context.json(toSessionRecord(sessionOf(caller), of), 200)
  })
  app.openapi(close, async (context) => {
    const { id } = sessionOf(context.var.caller)
    await service.store.write((tables) => tables.sessions.end(id, service.clock()))
    return context.body(null, 204)
  })
  app.openapi(password, async (context) => {
    await changePassword(service, context.var.caller, context.req.valid('json'))
    return context.body(null, 204)
  })
  app.openapi(set, async (context) => {
    const { id } = context.req.valid('param')
    await setLogin(service, context.var.caller, id, context.req.valid('json'))
    return context.body(null, 204)
  })
  app.openapi(remove, async (context) => {
    await removeLogin(service, context.var.caller, context.req.valid('param').id)
    return context.body(null, 204)
  })
}

function sessionOf({ session }: Caller): StoredSession {
  if (session !== undefined) return session
  throw new KeyError('NotFound', 'This request was sent with a credential, not with a session')
}

function loginWith(given: z.infer<typeof loginBody>): LoginWith {
  // The schema sees to it that there is one way, and that it is whole.
  const { token, apiKey, apiSecret = '', username = '', password = '' } = given
  if (token !== undefined) return { kind: 'token', token }
  if (apiKey !== undefined) return { kind: 'pair', apiKey, apiSecret }
  return { kind: 'password', username, password }
}
