import { describe, expect, test } from 'vitest'
import {
  type ApiError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNotFound,
  isTooManyRequests,
  isUnauthorized,
  isUnknownOutcome,
} from './api-error.ts'
import { createKubeClient } from './client.ts'
import { createFakeClock } from './fake-clock.ts'
import { createRuntimeMetrics } from './metrics.ts'
import type { Resource } from './resource.ts'
import type { TransportRequest, TransportResponse } from './transport.ts'

const pods: Resource = { group: '', version: 'v1', plural: 'pods', namespaced: true }
const widgets: Resource = {
  group: 'example.dev',
  version: 'v1',
  plural: 'widgets',
  namespaced: true,
}
const nodes: Resource = { group: '', version: 'v1', plural: 'nodes', namespaced: false }
const a = { namespace: 'default', name: 'a' }

/** A client over a transport that records requests and answers what it is told. */
function create(...answers: (Partial<TransportResponse> | Error)[]) {
  const requests: TransportRequest[] = []
  const metrics = createRuntimeMetrics()
  const clock = createFakeClock()
  const send = async (request: TransportRequest) => {
    requests.push(request)
    const answer = answers.shift() ?? {}
    if (answer instanceof Error) throw answer
    return { status: 200, headers: {}, body: '{}', ...answer }
  }
  const client = createKubeClient({
    transport: { host: 'h:1', send, stream: send },
    clock,
    metrics,
  })
  return { client, requests, metrics, clock }
}

const status = (code: number, fields: object = {}) => ({
  status: code,
  body: JSON.stringify({ kind: 'Status', code, ...fields }),
})

const failure = (promise: Promise<unknown>): Promise<ApiError> =>
  promise.then(
    () => expect.unreachable(),
    (error: ApiError) => error,
  )

describe('paths', () => {
  test('name group, version, namespace, object and subresource', async () => {
    const { client, requests } = create()
    await client.get(pods, a)
    await client.get(widgets, { namespace: 'ns', name: 'x/y z' })
    await client.get(nodes, { name: 'n' })
    await client.mergePatch(widgets, a, {}, { subresource: 'status' })
    await client.listPage(widgets)
    await client.listPage(widgets, { namespace: 'ns' })
    expect(requests.map(({ path }) => path)).toEqual([
      '/api/v1/namespaces/default/pods/a',
      '/apis/example.dev/v1/namespaces/ns/widgets/x%2Fy%20z',
      '/api/v1/nodes/n',
      '/apis/example.dev/v1/namespaces/default/widgets/a/status',
      '/apis/example.dev/v1/widgets',
      '/apis/example.dev/v1/namespaces/ns/widgets',
    ])
  })

  test('never name a whole collection by mistake', async () => {
    const { client, requests } = create()
    await expect(client.delete(pods, { namespace: 'default', name: '' })).rejects.toThrow(TypeError)
    await expect(client.delete(pods, { name: 'a' })).rejects.toThrow(TypeError)
    expect(requests).toEqual([])
  })
})

describe('writes', () => {
  test('carry dry run, field manager, validation and metadata-only as the API wants them', async () => {
    const { client, requests } = create()
    await client.create(
      pods,
      { metadata: a },
      { dryRun: true, fieldManager: 'me', fieldValidation: 'Strict', metadataOnly: true },
    )
    expect(requests[0]).toMatchObject({
      method: 'POST',
      query: { dryRun: 'All', fieldManager: 'me', fieldValidation: 'Strict' },
    })
    expect(requests[0]?.headers?.accept).toContain('as=PartialObjectMetadata;')
  })

  test('of a patch are guarded by the version given, beside other metadata', async () => {
    const { client, requests } = create()
    const patch = { metadata: { labels: { x: 'y' } }, spec: { size: 1 } }
    await client.mergePatch(widgets, a, patch, { resourceVersion: '7' })
    expect(requests[0]?.headers?.['content-type']).toBe('application/merge-patch+json')
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      metadata: { labels: { x: 'y' }, resourceVersion: '7' },
      spec: { size: 1 },
    })
    expect(patch.metadata).toEqual({ labels: { x: 'y' } })
  })

  test('by server-side apply are forced only when told to', async () => {
    const { client, requests } = create()
    const object = { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: a }
    await client.serverSideApply(widgets, object, { fieldManager: 'me' })
    await client.serverSideApply(widgets, object, { fieldManager: 'me', force: true })
    expect(requests.map(({ query }) => query)).toEqual([
      { fieldManager: 'me' },
      { fieldManager: 'me', force: 'true' },
    ])
  })

  test('that delete carry their preconditions, and ask for no content in return', async () => {
    const { client, requests } = create()
    await client.delete(pods, a, { uid: 'u', resourceVersion: '3', propagation: 'Orphan' })
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      preconditions: { uid: 'u', resourceVersion: '3' },
      propagationPolicy: 'Orphan',
    })
    expect(requests[0]?.headers?.accept).toContain('PartialObjectMetadata')
  })

  test('are never repeated, whatever the answer', async () => {
    for (const answer of [status(429), status(500), status(503), new Error('broke')]) {
      const { client, requests } = create(answer)
      await client.create(pods, { metadata: a }).catch(() => {})
      expect(requests).toHaveLength(1)
    }
  })
})

describe('a list', () => {
  test('is read to its end', async () => {
    const page = (items: number[], next?: string) => ({
      body: JSON.stringify({ metadata: { resourceVersion: '5', continue: next }, items }),
    })
    const { client, requests } = create(page([1, 2], 'x'), page([3], 'y'), page([]))
    const items: number[] = []
    for await (const item of client.list<number>(pods, { labelSelector: 'a=b' })) items.push(item)
    expect(items).toEqual([1, 2, 3])
    expect(requests.map(({ query }) => query)).toEqual([
      { limit: '500', labelSelector: 'a=b' },
      { limit: '500', labelSelector: 'a=b', continue: 'x' },
      { limit: '500', labelSelector: 'a=b', continue: 'y' },
    ])
  })
})

describe('an error', () => {
  test('has the reason that Kubernetes gave', async () => {
    const cases = [
      [404, 'NotFound', isNotFound],
      [409, 'AlreadyExists', isAlreadyExists],
      [409, 'Conflict', isConflict],
      [422, 'Invalid', isInvalid],
      [403, 'Forbidden', isForbidden],
      [401, 'Unauthorized', isUnauthorized],
      [410, 'Expired', isGone],
      [429, 'TooManyRequests', isTooManyRequests],
    ] as const
    for (const [code, reason, predicate] of cases) {
      const { client } = create(
        status(code, { reason, message: 'because', details: { name: 'a' } }),
      )
      const error = await failure(client.get(pods, a))
      expect(error).toMatchObject({ status: code, reason, message: 'because', outcome: 'refused' })
      expect(predicate(error)).toBe(true)
      expect(cases.filter(([, , other]) => other(error))).toHaveLength(1)
    }
  })

  test('has a reason by its status where a proxy answered', async () => {
    const { client } = create({ status: 403, body: '<html>no</html>' })
    expect(isForbidden(await failure(client.get(pods, a)))).toBe(true)
  })

  test('of the server leaves the outcome open', async () => {
    for (const code of [500, 502, 503, 504]) {
      const { client } = create(status(code))
      expect(isUnknownOutcome(await failure(client.create(pods, { metadata: a })))).toBe(true)
    }
  })

  test('tells how long to wait, by header or by details', async () => {
    const byHeader = create({ ...status(429), headers: { 'retry-after': '7' } })
    expect((await failure(byHeader.client.get(pods, a))).retryAfterSeconds).toBe(7)
    const byDetails = create(status(500, { details: { retryAfterSeconds: 3 } }))
    expect((await failure(byDetails.client.get(pods, a))).retryAfterSeconds).toBe(3)
  })

  test('about an unreadable answer does not quote it', async () => {
    const { client } = create({ body: '{"data":{"token":"hunter2"' })
    const error = await failure(client.get(pods, a))
    expect(error).toMatchObject({ reason: 'UnreadableAnswer', outcome: 'unknown' })
    expect(`${error.stack}${String(error.cause)}`).not.toContain('hunter2')
  })
})

describe('a write whose answer is read for its version alone', () => {
  const metadata = { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '7' }

  test('gives the version and no more', async () => {
    const kind = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' }
    const body = JSON.stringify({ ...kind, metadata: { ...metadata, managedFields: [{}] } })
    const { client, requests } = create({ body })
    expect(await client.replace(pods, { metadata }, { versionOnly: true })).toEqual({ metadata })
    expect(requests[0]?.headers?.accept).toContain('as=PartialObjectMetadata')
  })

  test('gives it as well where the answer is written in another way', async () => {
    const { client } = create({ body: JSON.stringify({ metadata }) }, { body: 'none' })
    expect(await client.replace(pods, { metadata }, { versionOnly: true })).toEqual({ metadata })
    const unreadable = failure(client.replace(pods, { metadata }, { versionOnly: true }))
    expect(await unreadable).toMatchObject({ reason: 'UnreadableAnswer' })
  })
})

test('after a 429 nothing is sent until the server wants it', async () => {
  const { client, requests, clock } = create({ ...status(429), headers: { 'retry-after': '5' } })
  await client.get(pods, a).catch(() => {})
  const next = client.get(pods, a)
  await clock.advance(4_999)
  expect(requests).toHaveLength(1)
  await clock.advance(1)
  await next
  expect(requests).toHaveLength(2)
})

test('every request is counted by code, method and host', async () => {
  const { client, metrics } = create({}, status(404), new Error('broke'))
  await client.get(pods, a)
  await client.get(pods, a).catch(() => {})
  await client.create(pods, { metadata: a }).catch(() => {})
  const metric = await metrics.registry.getSingleMetric('rest_client_requests_total')?.get()
  expect(
    metric?.values.map(({ labels, value }) => [labels.code, labels.method, labels.host, value]),
  ).toEqual([
    ['200', 'GET', 'h:1', 1],
    ['404', 'GET', 'h:1', 1],
    ['<error>', 'POST', 'h:1', 1],
  ])
})
