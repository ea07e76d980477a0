import { createRoute } from '@hono/zod-openapi'
import {
  type AuditEntry,
  acceptLossBody,
  auditEntry,
  KeyError,
  releasedBody,
  storeBody,
} from '@latchkey/core'
import { instant } from '../../keys/record.ts'
import { acceptLoss } from '../../restore/accept-loss.ts'
import { reapply } from '../../restore/reapply.ts'
import { requireAdministrator } from '../../restore/release.ts'
import type { Service } from '../../service.ts'
import type { App } from '../app.ts'
import { accountHeader, body, json, problems } from './answers.ts'

const tags = ['Store']

const get = createRoute({
  method: 'get',
  path: '/store',
  operationId: 'getStore',
  summary: 'How the store is',
  description:
    'Whether it was restored from a backup and waits for a decision. For administrators.',
  tags,
  request: { headers: accountHeader },
  responses: { 200: json(storeBody, 'The store'), ...problems },
})

const accept = createRoute({
  method: 'post',
  path: '/store/accept-loss',
  operationId: 'acceptLoss',
  summary: 'Accept what a restore has lost',
  description: 'Keys that were revoked after the backup work again. For administrators.',
  tags,
  request: { headers: accountHeader, ...body(acceptLossBody) },
  responses: { 200: json(releasedBody, 'The store verifies again'), ...problems },
})

/** Larger than other bodies: an export may be long. */
export const reapplyPath = '/store/reapply'

const again = createRoute({
  method: 'post',
  path: reapplyPath,
  operationId: 'reapply',
  summary: 'Do again what a restore has lost',
  description:
    'Takes an export of the audit trail from the time after the backup and does again what ended or narrowed something.',
  tags,
  request: {
    headers: accountHeader,
    body: { required: true, content: { 'application/x-ndjson': { schema: auditEntry } } },
  },
  responses: { 200: json(releasedBody, 'The store verifies again'), ...problems },
})

/** `/store`. */
export function storeRoutes(app: App, service: Service): void {
  const { store } = service
  app.openapi(get, async (context) => {
    requireAdministrator(context.var.caller)
    return store.read(async (tables) => {
      const { life, number } = await tables.journal.head()
      const restored = (await tables.life.find())?.restored ?? null
      const { engine } = store
      return context.json(
        {
          engine,
          life,
          number,
          ...(restored === null
            ? {}
            : { restored: { time: instant(restored.atMs), number: restored.number } }),
        },
        200,
      )
    })
  })
  app.openapi(accept, async (context) => {
    const { life } = context.req.valid('json')
    return context.json({ life: await acceptLoss(service, context.var.caller, life) }, 200)
  })
  app.openAPIRegistry.registerPath(again)
  app.post(again.path, async (context) => {
    const entries = readEntries(await context.req.text())
    return context.json(await reapply(service, context.var.caller, entries), 200)
  })
}

/** PostgreSQL keeps no text with U+0000 in it, so no export has any. */
function storable(name: string, value: unknown): unknown {
  if (!`${name}${typeof value === 'string' ? value : ''}`.includes('\0')) return value
  throw new Error('U+0000')
}

function readEntries(text: string): AuditEntry[] {
  return text
    .split('\n')
    .map((line, index) => ({ line, path: `${index + 1}` }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, path }) => {
      try {
        return auditEntry.parse(JSON.parse(line, storable))
      } catch {
        const message = 'is not an entry of an export'
        throw new KeyError('Invalid', `Line ${path} ${message}`, { issues: [{ path, message }] })
      }
    })
}
