import { OpenAPIHono } from '@hono/zod-openapi'
import { KeyError } from '@latchkey/core'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import type { Logger } from 'pino'
import { authenticate } from '../auth/authenticate.ts'
import type { Caller } from '../auth/caller.ts'
import { presentedIn } from '../auth/presented.ts'
import { countRequest, rateHeaders, tooManyRequests } from '../limits/rate.ts'
import type { Service } from '../service.ts'
import { docs } from './docs.ts'
import { health } from './health.ts'
import { invalid, notJson } from './invalid.ts'
import { knownRoutes } from './known-routes.ts'
import type { Metrics } from './metrics.ts'
import { openApiDocument } from './openapi.ts'
import { PayloadTooLarge, toProblem, UnsupportedMediaType, WrongMethod } from './problem.ts'
import { accountRoutes } from './routes/accounts.ts'
import { auditRoutes } from './routes/audit.ts'
import { catalogueRoutes } from './routes/catalogue.ts'
import { eventRoutes } from './routes/events.ts'
import { keyLifeRoutes } from './routes/key-life.ts'
import { keyRoutes } from './routes/keys.ts'
import { leakRoutes, partnerPath, partnerRoute } from './routes/leaks.ts'
import { memberRoutes } from './routes/members.ts'
import { loginRoute, sessionRoutes } from './routes/sessions.ts'
import { settingsRoute } from './routes/settings.ts'
import { reapplyPath, storeRoutes } from './routes/store.ts'
import { verifyRoute, verifyRoutes } from './routes/verify.ts'

/** What every handler finds in its context. */
export interface Env {
  Variables: {
    caller: Caller
    /** Who the caller is now: for answers that outlive the first look. Throws once the credential is dead. */
    callerNow: () => Promise<Caller>
  }
}

/** The HTTP part of the service: routes, who asks, errors, the document of it all. */
export interface AppParts {
  readonly service: Service
  readonly log: Logger
  readonly metrics: Metrics
  readonly bodyLimitBytes: number
}

export type App = OpenAPIHono<Env>

/** Every route, from the contract that `core` describes. */
export function app(parts: AppParts): App {
  const { service, log } = parts
  const app: App = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (result.success) return
      // What does not fit comes along, which its type does not say.
      throw invalid(result.error, 'data' in result ? result.data : undefined, result.target)
    },
  })
  app.onError((error, context) => {
    const problem = toProblem(malformed(error) ?? error, service.rules)
    if (problem.status >= 500) {
      log.error(
        { err: error, method: context.req.method, path: context.req.path },
        'Request failed',
      )
    }
    return context.body(JSON.stringify(problem.body), problem.status as 400, problem.headers)
  })
  const usual = limitBody(parts.bodyLimitBytes)
  const ofExport = limitBody(exportLimitBytes)
  const ofReports = limitBody(Math.max(reportLimitBytes, parts.bodyLimitBytes))
  app.use((context, next) => {
    if (context.req.path === reapplyPath) return ofExport(context, next)
    return context.req.path === partnerPath ? ofReports(context, next) : usual(context, next)
  })

  health(app, parts)
  docs(app, service.rules)
  settingsRoute(app, service)
  loginRoute(app, parts)
  partnerRoute(app, service)
  app.use(async (context, next) => {
    const presented = presentedIn(
      {
        authorization: context.req.header('authorization'),
        apiKey: context.req.header('x-api-key'),
        apiSecret: context.req.header('x-api-secret'),
        wholeKey: context.req.header('api-key'),
      },
      service.rules,
    )
    const callerNow = () => authenticate(service, presented, context.req.header('x-account-id'))
    const caller = await callerNow()
    context.set('caller', caller)
    context.set('callerNow', callerNow)
    const rate = await countRequest(service, { ...caller, account: caller.home })
    if (rate !== undefined) {
      for (const [name, value] of Object.entries(rateHeaders(rate))) context.header(name, value)
      if (!rate.allowed) throw tooManyRequests(rate, service.clock())
    }
    await next()
  })
  keyRoutes(app, service)
  keyLifeRoutes(app, service)
  verifyRoutes(app, service)
  accountRoutes(app, service)
  memberRoutes(app, service)
  catalogueRoutes(app, service)
  sessionRoutes(app, service)
  eventRoutes(app, parts)
  auditRoutes(app, service)
  leakRoutes(app, service)
  storeRoutes(app, service)
  openApiDocument(app)
  const { methodsOf } = knownRoutes([...app.routes, verifyRoute])
  app.notFound(({ req }) => {
    const methods = methodsOf(req.path)
    if (methods.length > 0) throw new WrongMethod(req.method, methods)
    throw new KeyError('NotFound', 'There is no such route; /openapi.json lists them all')
  })
  return app
}

/** An export of an audit trail is larger than any other body. */
const exportLimitBytes = 64 * 1024 * 1024

/** A scanner sends many matches at once, each with a long address. */
const reportLimitBytes = 1024 * 1024

function limitBody(maxSize: number) {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new PayloadTooLarge(maxSize)
    },
  })
}

/** hono's own complaints about a body, in our words. */
function malformed(error: unknown): KeyError | undefined {
  if (!(error instanceof HTTPException)) return undefined
  if (error.status === 415) return new UnsupportedMediaType()
  return error.status === 400 ? notJson() : undefined
}
