import { createKubeClient, createTransport, isForbidden, systemClock } from '@latchkey/operator'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { plainAccess } from '../../../test/fakes/api-server/plain-access.ts'
import { type FakeApiServer, startFakeApiServer } from '../../../test/fakes/api-server/start.ts'
import { apply } from './apply.ts'

let server: FakeApiServer
let transport: ReturnType<typeof createTransport>
beforeEach(async () => {
  server = await startFakeApiServer()
  transport = createTransport(plainAccess(server.url))
})
afterEach(async () => {
  await transport.close()
  await server.close()
})

const names = ['first', 'second'].map((name) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
}))
const run = (signal = new AbortController().signal) =>
  apply(createKubeClient({ transport, clock: systemClock() }), names, signal)

it('applies in order, and repeats what the server cannot do yet', async () => {
  let refused = 0
  server.setFault(() => {
    if (refused === 2) return { kind: 'answer', status: 200, body: '{"metadata":{}}' }
    refused += 1
    return { kind: 'answer', status: 503 }
  })
  await run()
  expect(server.requests.map(({ path }) => path.split('/').at(-1))).toEqual([
    'first',
    'first',
    'first',
    'second',
  ])
})

it('does not repeat what is refused for good', async () => {
  server.setFault(() => ({ kind: 'answer', status: 403 }))
  await expect(run()).rejects.toSatisfy(isForbidden)
  expect(server.requests).toHaveLength(1)
})

it('ends with the reason of the signal', async () => {
  const controller = new AbortController()
  server.setFault(() => {
    controller.abort(new Error('Interrupted'))
    return { kind: 'answer', status: 503 }
  })
  await expect(run(controller.signal)).rejects.toThrow()
  expect(server.requests).toHaveLength(1)
})
