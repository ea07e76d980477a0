import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { plainAccess } from '../../../test/fakes/api-server/plain-access.ts'
import { ApiError } from './api-error.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { createTransport, type Transport, type TransportRequest } from './transport.ts'

/** A server that speaks whatever bytes the test wants. */
let server: Server
let sockets: Set<Socket>
let requests: string[]
let respond: (socket: Socket, request: string) => void
let transport: Transport
const others: Transport[] = []

beforeEach(async () => {
  sockets = new Set()
  requests = []
  server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => {
      requests.push(data.toString())
      respond(socket, data.toString())
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  respond = (socket) => void socket.write(answer(200, 'ok'))
  transport = createTransport(plainAccess(url()))
})

afterEach(async () => {
  await transport.close()
  for (const other of others.splice(0)) await other.close()
  for (const socket of sockets) socket.destroy()
  server.close()
})

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const answer = (status: number, body: string) =>
  `HTTP/1.1 ${status} x\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-one: 1\r\n\r\n${body}`
const request: TransportRequest = { method: 'GET', path: '/api/v1/pods' }

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApiError)) throw new Error(`Not an ApiError: ${String(error)}`)
  return error
}

function withAccess(access: ClusterAccess): Transport {
  const other = createTransport(access)
  others.push(other)
  return other
}

describe('a call', () => {
  test('brings status, headers and the whole body, in however many pieces it comes', async () => {
    const body = 'schlüssel-🔑'
    respond = (socket) => {
      const bytes = Buffer.from(answer(404, body))
      socket.setNoDelay(true)
      const pieces = [...bytes].map((byte) => Buffer.from([byte]))
      const next = () => {
        const piece = pieces.shift()
        if (piece !== undefined) socket.write(piece, () => setImmediate(next))
      }
      next()
    }
    const response = await transport.send(request)
    expect(response).toMatchObject({ status: 404, body })
    expect(response.headers['x-one']).toBe('1')
  })

  test('sends method, path, encoded query, headers and body', async () => {
    await transport.send({
      method: 'POST',
      path: '/apis/x/v1/y',
      query: { labelSelector: 'a=b,c in (d)', dryRun: 'All' },
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: '{"ü":1}',
    })
    const [head = '', body] = requests.join('').split('\r\n\r\n')
    expect(head).toContain(
      'POST /apis/x/v1/y?labelSelector=a%3Db%2Cc%20in%20(d)&dryRun=All HTTP/1.1',
    )
    expect(head).toContain('accept: application/json')
    expect(head).toContain('content-length: 8')
    expect(body).toBe('{"ü":1}')
  })

  test('puts the path of the server before its own', async () => {
    await withAccess(plainAccess(`${url()}/clusters/one/`)).send(request)
    expect(requests[0]).toContain('GET /clusters/one/api/v1/pods HTTP/1.1')
  })

  test('uses connections again', async () => {
    for (let count = 0; count < 20; count += 1) await transport.send(request)
    expect(sockets.size).toBeLessThan(5)
  })
})

describe('a call without an answer', () => {
  test('was not sent when nobody listens', async () => {
    server.close()
    const error = await failure(transport.send(request))
    expect(error).toMatchObject({ status: 0, reason: 'NotSent', outcome: 'notSent' })
  })

  test('may have had its effect when the connection breaks after it was sent', async () => {
    respond = (socket) => void socket.destroy()
    const error = await failure(transport.send({ ...request, method: 'POST', body: '{}' }))
    expect(error).toMatchObject({ status: 0, reason: 'ConnectionLost', outcome: 'unknown' })
    expect(requests).toHaveLength(1)
  })

  test('may have had its effect when the answer breaks off', async () => {
    respond = (socket) => void socket.end('HTTP/1.1 201 x\r\ncontent-length: 10\r\n\r\n{"a"')
    const error = await failure(transport.send({ ...request, method: 'POST', body: '{}' }))
    expect(error).toMatchObject({ reason: 'ConnectionLost', outcome: 'unknown' })
  })

  test('has timed out when the server is silent', async () => {
    respond = () => {}
    const other = createTransport(plainAccess(url()), { headersTimeoutMilliseconds: 50 })
    others.push(other)
    const error = await failure(other.send(request))
    expect(error).toMatchObject({ reason: 'Timeout', outcome: 'unknown' })
  })

  test('ends at once when its caller gives up, whether it was sent or not', async () => {
    const controller = new AbortController()
    respond = () => controller.abort(new Error('enough'))
    const sent = await failure(transport.send({ ...request, signal: controller.signal }))
    expect(sent).toMatchObject({ reason: 'Aborted', outcome: 'unknown' })
    const unsent = await failure(transport.send({ ...request, signal: controller.signal }))
    expect(unsent).toMatchObject({ reason: 'Aborted', outcome: 'notSent' })
    expect(requests).toHaveLength(1)
  })

  test('is never sent once its caller gave up while it waited for a connection', async () => {
    const held: Socket[] = []
    respond = (socket, text) => {
      if (text.includes('/first')) held.push(socket)
      else socket.write(answer(200, 'ok'))
    }
    const one = createTransport(plainAccess(url()), { connections: 1 })
    others.push(one)
    const first = one.send({ ...request, path: '/first' })
    const controller = new AbortController()
    const second = failure(one.send({ ...request, path: '/second', signal: controller.signal }))
    const third = one.send({ ...request, path: '/third' })
    await expect.poll(() => held.length).toBe(1)
    controller.abort()
    expect(await second).toMatchObject({ reason: 'Aborted', outcome: 'notSent' })
    held[0]?.write(answer(200, 'ok'))
    await first
    await third
    expect(requests.join('')).not.toContain('/second')
  })

  test('names the call and never its headers or body', async () => {
    respond = (socket) => void socket.destroy()
    const access = { ...plainAccess(url()), headers: () => ['authorization', 'Bearer hunter2'] }
    const error = await failure(
      withAccess(access).send({ ...request, method: 'POST', body: 'hunter2' }),
    )
    expect(JSON.stringify(error) + error.stack + String(error.cause)).not.toContain('hunter2')
  })
})

describe('credentials', () => {
  test('go with every request', async () => {
    await withAccess({ ...plainAccess(url()), headers: () => ['authorization', 'Bearer t'] }).send(
      request,
    )
    expect(requests[0]).toContain('authorization: Bearer t')
  })

  test('are renewed once after a 401, and the call is sent again', async () => {
    let token = 'old'
    let list = ['authorization', `Bearer ${token}`]
    respond = (socket, text) => void socket.write(answer(text.includes('new') ? 200 : 401, ''))
    const other = withAccess({
      ...plainAccess(url()),
      headers: () => list,
      refresh: () => {
        token = 'new'
        list = ['authorization', `Bearer ${token}`]
        return true
      },
    })
    expect((await other.send(request)).status).toBe(200)
    expect(requests).toHaveLength(2)
  })

  test('that cannot be renewed leave the 401 to the caller', async () => {
    respond = (socket) => void socket.write(answer(401, ''))
    expect((await transport.send(request)).status).toBe(401)
    expect(requests).toHaveLength(1)
  })

  test('that cannot be had fail the call before it is sent', async () => {
    const access = { ...plainAccess(url()), headers: () => Promise.reject(new Error('no plug-in')) }
    const error = await failure(withAccess(access).send(request))
    expect(error).toMatchObject({ reason: 'NotSent', outcome: 'notSent' })
    expect(error.message).toContain('no plug-in')
  })
})

describe('a stream', () => {
  test('hands on its pieces as they come and resolves at its end', async () => {
    const pieces: string[] = []
    respond = (socket) => {
      socket.write('HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n')
    }
    const ended = transport.stream({
      ...request,
      onData: (chunk) => {
        pieces.push(chunk.toString())
        const [socket] = sockets
        socket?.write(pieces.length === 1 ? '1\r\nc\r\n' : '0\r\n\r\n')
      },
    })
    expect(await ended).toMatchObject({ status: 200, body: '' })
    expect(pieces).toEqual(['ab', 'c'])
  })

  test('brings the text of a refusal as the body', async () => {
    respond = (socket) => void socket.write(answer(403, 'no'))
    const response = await transport.stream({ ...request, onData: () => expect.unreachable() })
    expect(response).toMatchObject({ status: 403, body: 'no' })
  })

  test('rejects when the connection breaks', async () => {
    respond = (socket) => {
      socket.write('HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n')
    }
    const broken = transport.stream({
      ...request,
      onData: () => {
        for (const socket of sockets) socket.destroy()
      },
    })
    expect(await failure(broken)).toMatchObject({ reason: 'ConnectionLost' })
  })

  test('never waits for another one', async () => {
    respond = (socket) => {
      socket.write('HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n')
    }
    const controller = new AbortController()
    let opened = 0
    const streams = Array.from({ length: 20 }, () =>
      failure(
        transport.stream({
          ...request,
          signal: controller.signal,
          onData: () => {
            opened += 1
            if (opened === 20) controller.abort()
          },
        }),
      ),
    )
    await Promise.all(streams)
    expect(sockets.size).toBe(20)
  })
})

test('a Lease is written though every other connection is stuck', async () => {
  respond = (socket, text) => {
    if (text.includes('leases')) socket.write(answer(200, 'ok'))
  }
  const stuck = Array.from({ length: 40 }, () => failure(transport.send(request)))
  await expect.poll(() => sockets.size).toBe(32)
  expect((await transport.sendLease({ ...request, path: '/leases' })).status).toBe(200)
  await transport.close()
  await Promise.all(stuck)
})
