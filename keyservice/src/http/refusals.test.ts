import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { problemBody } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-service.ts'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()

let service: TestService
beforeAll(async () => {
  service = await startTestService({ leaks: { partnerKeys: [{ identifier: 'scanner', pem }] } })
})
afterAll(() => service.stop())

/** What comes back for text that is sent as it is. */
async function answerTo(text: string) {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.write(text)
  await once(socket, 'close')
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  return { head, problem: problemBody.parse(JSON.parse(body)) }
}

describe('a refusal is a problem document', () => {
  test('for headers that are too large', async () => {
    const { head, problem } = await answerTo(
      `GET /whoami HTTP/1.1\r\nhost: x\r\nx-large: ${'a'.repeat(20_000)}\r\n\r\n`,
    )
    expect(head).toContain('431 Request Header Fields Too Large')
    expect(head).toContain('application/problem+json')
    expect(problem).toMatchObject({ status: 431, code: 'Invalid' })
  })

  test('for what is no HTTP at all', async () => {
    const { head, problem } = await answerTo('HELLO\r\n\r\n')
    expect(head).toContain('400 Bad Request')
    expect(problem).toMatchObject({ status: 400, code: 'Invalid' })
  })

  test.each([
    ['PUT', '/apikeys', 'GET, HEAD, POST'],
    ['DELETE', '/whoami', 'GET, HEAD'],
    ['GET', '/verify', 'POST'],
    ['PATCH', '/apikeys/some/rotate', 'POST'],
  ])('for %s %s, which says what is possible', async (method, path, allowed) => {
    const { status, headers, body } = await service.send(method, path)
    expect(status).toBe(405)
    expect(headers.get('allow')?.split(', ').sort().join(', ')).toBe(allowed)
    expect(body).toMatchObject({ code: 'MethodNotAllowed' })
  })
})

test('a path that is not served makes no number of its own, so that strangers cannot fill the memory', async () => {
  for (const path of ['/one/x', '/two/x/three', '/apikeys/x/four']) await service.send('GET', path)
  const numbers = await (await fetch(`${service.url}/metrics`)).text()
  expect(numbers).toContain('route="other"')
  expect(numbers).not.toMatch(/route="[^"]*(one|two|four)/)
})

test.each(['/apikeys', '/verify'])(
  'a byte order mark before a body is no part of it: POST %s',
  async (path) => {
    const answer = await fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${service.adminToken}`,
        'content-type': 'application/json',
      },
      body: `\uFEFF${JSON.stringify(path === '/verify' ? { token: 'lk_x' } : { displayName: 'marked' })}`,
    })
    expect(answer.ok).toBe(true)
  },
)

test('D8: a report of a thousand matches with long addresses is taken', async () => {
  const report = JSON.stringify(
    Array.from({ length: 1000 }, (_, index) => ({
      token: `lk_${index}`,
      type: 'latchkey_api_key',
      url: `https://github.com/${'path/'.repeat(40)}${index}`,
    })),
  )
  const answer = await fetch(`${service.url}/leaks/github`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'github-public-key-identifier': 'scanner',
      'github-public-key-signature': sign('sha256', Buffer.from(report), privateKey).toString(
        'base64',
      ),
    },
    body: report,
  })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toHaveLength(1000)
})
