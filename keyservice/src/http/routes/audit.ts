import { createRoute } from '@hono/zod-openapi'
import { auditEntry, auditExportQuery, auditListBody, auditQuery } from '@latchkey/core'
import { exportAudit } from '../../audit/export.ts'
import { listAudit } from '../../audit/list.ts'
import type { Service } from '../../service.ts'
import type { App } from '../app.ts'
import { jsonLines, jsonLinesHeaders } from '../json-lines.ts'
import { accountHeader, json, problems } from './answers.ts'

const tags = ['Audit']

const list = createRoute({
  method: 'get',
  path: '/audit',
  operationId: 'listAudit',
  summary: 'Read the audit trail',
  description: 'Who did what to what, in the account. Needs the right readAudit.',
  tags,
  request: { headers: accountHeader, query: auditQuery },
  responses: { 200: json(auditListBody, 'One page'), ...problems },
})

const exported = createRoute({
  method: 'get',
  path: '/audit/export',
  operationId: 'exportAudit',
  summary: 'Export the audit trail',
  description:
    'All of it, one AuditEntry per line, oldest first. To keep a copy up to date: ask again after its last number.',
  tags,
  request: { headers: accountHeader, query: auditExportQuery },
  responses: {
    200: {
      description: 'The entries',
      content: { 'application/x-ndjson': { schema: auditEntry } },
    },
    ...problems,
  },
})

/** `/audit`. */
export function auditRoutes(app: App, service: Service): void {
  app.openapi(list, async (context) =>
    context.json(await listAudit(service, context.var.caller, context.req.valid('query')), 200),
  )
  app.openapi(exported, async (context) => {
    const entries = await exportAudit(service, context.var.caller, context.req.valid('query'))
    return context.body(jsonLines(entries), 200, jsonLinesHeaders) as never
  })
}
