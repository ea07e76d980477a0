import { createRoute, z } from '@hono/zod-openapi'
import {
  leakReportBody,
  leakReportedBody,
  partnerFeedbackBody,
  partnerReportBody,
} from '@latchkey/core'
import { maySee } from '../../auth/caller.ts'
import { partnerReport } from '../../leaks/partner-report.ts'
import { reportLeak } from '../../leaks/report.ts'
import type { Service } from '../../service.ts'
import type { App } from '../app.ts'
import { accountHeader, body, json, problems } from './answers.ts'

const tags = ['Leaks']

const report = createRoute({
  method: 'post',
  path: '/leaks',
  operationId: 'reportLeak',
  summary: 'Report a published credential',
  description:
    'Switches that one credential off for ever, whosever it is: to have it in full is the proof. Safe to repeat.',
  tags,
  request: { headers: accountHeader, ...body(leakReportBody) },
  responses: { 200: json(leakReportedBody, 'The report was taken'), ...problems },
})

/** Where scanners report. */
export const partnerPath = '/leaks/github'

const partner = createRoute({
  method: 'post',
  path: partnerPath,
  operationId: 'reportLeaksAsPartner',
  summary: 'Report published credentials as a scanner',
  description:
    'In the format of the secret scanning partner program of GitHub, signed over the raw body with ECDSA on P-256.',
  tags,
  security: [],
  request: {
    headers: z.object({
      'github-public-key-identifier': z.string().max(256).optional(),
      'github-public-key-signature': z.string().max(1024).optional(),
    }),
    body: { required: true, content: { 'application/json': { schema: partnerReportBody } } },
  },
  responses: { 200: json(partnerFeedbackBody, 'Which of them are ours'), ...problems },
})

/** `POST /leaks`. */
export function leakRoutes(app: App, service: Service): void {
  app.openapi(report, async (context) => {
    const { caller } = context.var
    const found = await reportLeak(service, {
      ...context.req.valid('json'),
      actor: caller.actor,
    })
    const named =
      found === undefined || !maySee(caller, found.key)
        ? {}
        : { keyId: found.key.id, credentialId: found.credentialId }
    return context.json({ accepted: true as const, ...named }, 200)
  })
}

/**
 * `POST /leaks/github`, open to who signs. The raw body is what was signed, so the body is read here, once the signature
 * holds, and not by the router.
 */
export function partnerRoute(app: App, service: Service): void {
  app.openAPIRegistry.registerPath(partner)
  app.post(partner.path, async (context) => {
    const raw = new Uint8Array(await context.req.arrayBuffer())
    const feedback = await partnerReport(service, raw, {
      identifier: context.req.header('github-public-key-identifier'),
      signature: context.req.header('github-public-key-signature'),
    })
    return context.json(feedback, 200)
  })
}
