import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { KeyError } from '@latchkey/core'
import { type ProblemRules, toProblem } from './problem.ts'

// What is no HTTP never reaches a route. It gets a problem document all the same, so that every refusal says what it is.

const refusals: Readonly<Record<string, { readonly status: number; readonly error: KeyError }>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    error: new KeyError('Invalid', 'The address and the headers are larger than 16 KiB together'),
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    error: new KeyError('Timeout', 'The request did not arrive in time'),
  },
}

const other = { status: 400, error: new KeyError('Invalid', 'This is not an HTTP request') }

/** Answers a connection on which no request could be read, and ends it. */
export function refuseMalformed(rules: ProblemRules) {
  return (error: NodeJS.ErrnoException, socket: Duplex): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const refusal = refusals[error.code ?? ''] ?? other
    const { status } = refusal
    const { headers, body } = toProblem(refusal.error, rules)
    const text = JSON.stringify({ ...body, status })
    socket.end(
      [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        `content-type: ${headers['content-type']}`,
        `content-length: ${Buffer.byteLength(text)}`,
        'connection: close',
        '',
        text,
      ].join('\r\n'),
    )
  }
}
