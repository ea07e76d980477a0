import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { KeyError } from '@latchkey/core'
import { type App, type AppParts, app } from './app.ts'
import { knownRoutes } from './known-routes.ts'
import { PayloadTooLarge, toProblem } from './problem.ts'
import { answerVerify, verdictHeaders } from './verify-answer.ts'

/** The HTTP server: `POST /verify` on a short way, everything else through the routes. It does not listen yet. */
export function httpServer(parts: AppParts): Server {
  const routes: App = app(parts)
  const listener = getRequestListener(routes.fetch)
  const { patternOf } = knownRoutes(routes.routes)
  return createServer((request, response) => {
    const startMs = performance.now()
    const count = (route: string) =>
      parts.metrics.answered(
        request.method ?? '',
        route,
        response.statusCode,
        (performance.now() - startMs) / 1000,
      )
    if (request.method === 'POST' && isVerify(request.url ?? '')) {
      void verification(parts, request, response).then(() => count('/verify'))
      return
    }
    response.on('finish', () => count(patternOf(pathOf(request.url ?? '')) ?? 'other'))
    void listener(request, response)
  })
}

function isVerify(url: string): boolean {
  return url === '/verify' || url.startsWith('/verify?')
}

async function verification(
  parts: AppParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const text = await readBody(request, parts.bodyLimitBytes)
    const verdict = await answerVerify(parts.service, headersOf(request), text)
    const headers = verdictHeaders(verdict, parts.service.clock())
    send(response, 200, headers, JSON.stringify(verdict))
  } catch (error) {
    const problem = toProblem(error, parts.service.rules)
    if (problem.status >= 500) {
      parts.log.error({ err: error, method: 'POST', path: '/verify' }, 'Request failed')
    }
    send(response, problem.status, problem.headers, JSON.stringify(problem.body))
  }
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

function headersOf({ headers }: IncomingMessage) {
  return {
    authorization: headers.authorization,
    apiKey: single(headers['x-api-key']),
    apiSecret: single(headers['x-api-secret']),
    wholeKey: single(headers['api-key']),
    account: single(headers['x-account-id']),
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}

function readBody(request: IncomingMessage, limitBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limitBytes) chunks.push(chunk)
      else reject(new PayloadTooLarge(limitBytes))
    })
    request.on('end', () => {
      const [only] = chunks
      resolve(utf8.decode(chunks.length === 1 && only ? only : Buffer.concat(chunks)))
    })
    request.on('error', () => reject(new KeyError('Invalid', 'The request broke off')))
  })
}

/** As the other routes read: a byte order mark, which some editors put before a text, is no part of it. */
const utf8 = new TextDecoder()

function pathOf(url: string): string {
  return url.split('?')[0] ?? ''
}
