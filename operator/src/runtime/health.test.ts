import { afterEach, expect, test } from 'vitest'
import { type HealthOptions, type HealthServer, startHealthServer } from './health.ts'
import { createRuntimeMetrics } from './metrics.ts'

let server: HealthServer | undefined
afterEach(() => server?.close())

async function ask(path: string, options: Partial<HealthOptions> = {}) {
  server = await startHealthServer({
    host: '127.0.0.1',
    port: 0,
    registry: createRuntimeMetrics().registry,
    caches: [],
    ...options,
  })
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
  return { status: response.status, body: await response.text() }
}

const cache = (synced: boolean, idleMilliseconds = 0) => ({
  name: 'widgets',
  hasSynced: () => synced,
  idleMilliseconds: () => idleMilliseconds,
})

test('serves the metrics', async () => {
  const { status, body } = await ask('/metrics')
  expect(status).toBe(200)
  expect(body).toContain('rest_client_requests_total')
})

test('is ready when all caches are synced', async () => {
  expect(await ask('/readyz', { caches: [cache(true)] })).toEqual({ status: 200, body: 'ok\n' })
})

test('is not ready while a cache is being read', async () => {
  const answer = await ask('/readyz', { caches: [cache(true), cache(false)] })
  expect(answer).toEqual({ status: 503, body: 'widgets are being read\n' })
})

test('is not ready while its owner says so', async () => {
  expect((await ask('/readyz', { ready: () => 'shutting down' })).status).toBe(503)
})

test('is healthy though the caches are not synced: a restart would not help', async () => {
  expect((await ask('/healthz', { caches: [cache(false)] })).status).toBe(200)
})

test('is not healthy when a watch has been stuck for minutes', async () => {
  expect((await ask('/healthz', { caches: [cache(true, 300_001)] })).status).toBe(503)
})

test('knows no other page', async () => {
  expect((await ask('/secrets')).status).toBe(404)
})
