import { expect, it } from 'vitest'
import type { ApiKeyRecord } from './api-key-record.ts'
import { createRest } from './rest.ts'
import type { World } from './scene.ts'

it('asks nothing more about an ApiKey that was let go, until the cache has another record of it', () => {
  const rest = createRest()
  const world = {} as World
  const record: ApiKeyRecord = {
    namespace: 'shop',
    name: 'api',
    uid: 'u',
    resourceVersion: '7',
    generation: 1,
    deleting: true,
    forced: false,
    finalizer: true,
    spec: '{}',
    status: '{}',
  }
  expect(rest.outcome(world, record)).toBeUndefined()
  rest.letGo(record)
  expect(rest.outcome(world, record)).toEqual({ kind: 'done' })
  expect(rest.outcome(world, { ...record, resourceVersion: '8' })).toBeUndefined()
})
