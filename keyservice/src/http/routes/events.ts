import { createRoute } from '@hono/zod-openapi'
import { type EventLine, eventLine, eventListBody, eventQuery } from '@latchkey/core'
import { listEvents } from '../../events/list.ts'
import { watchEvents } from '../../events/watch.ts'
import type { App, AppParts } from '../app.ts'
import { jsonLines, jsonLinesHeaders } from '../json-lines.ts'
import { toProblem } from '../problem.ts'
import { accountHeader, cursorProblems } from './answers.ts'

const events = createRoute({
  method: 'get',
  path: '/events',
  operationId: 'listEvents',
  summary: 'Follow what changes',
  description: [
    'Changes behind a cursor, in the order in which they were committed; without a cursor it begins now. To keep a copy of',
    'all keys: take a cursor here, list the keys, then go on from the cursor. With watch=true the answer stays open: one',
    'EventLine per line, within a second of the change, and a Bookmark when it is quiet. A stream ends with an Error line',
    'when the credential no longer works, and without one when the service stops: go on from the last cursor. On 410, or an',
    'Error line with status 410, begin anew.',
  ].join(' '),
  tags: ['Events'],
  request: { headers: accountHeader, query: eventQuery },
  responses: {
    200: {
      description: 'One page of changes, or with watch=true the stream of them',
      content: {
        'application/json': { schema: eventListBody },
        'application/x-ndjson': { schema: eventLine },
      },
    },
    ...cursorProblems,
  },
})

/** `/events`. */
export function eventRoutes(app: App, { service, log }: AppParts): void {
  app.openapi(events, async (context) => {
    const { watch, cursor, limit } = context.req.valid('query')
    if (watch === 'false') {
      return context.json(await listEvents(service, context.var.caller, { cursor, limit }), 200)
    }
    const { signal } = context.req.raw
    const lines = await watchEvents(service, {
      caller: context.var.callerNow,
      cursor,
      limit,
      signal,
    })
    const failed = (error: unknown): EventLine => {
      const { body } = toProblem(error, service.rules)
      if (body.status >= 500) log.error({ err: error, path: '/events' }, 'Stream failed')
      return { type: 'Error', problem: body }
    }
    return context.body(jsonLines(orWhy(lines, failed)), 200, jsonLinesHeaders) as never
  })
}

/** The lines; a failure is the last one. */
async function* orWhy(
  lines: AsyncIterable<EventLine>,
  failed: (error: unknown) => EventLine,
): AsyncGenerator<EventLine> {
  try {
    yield* lines
  } catch (error) {
    yield failed(error)
  }
}
