import { expect, test } from 'vitest'
import type { KubeClient } from './client.ts'
import { createEventRecorder, type EventRecorderOptions, type RecordedEvent } from './events.ts'
import { createFakeClock } from './fake-clock.ts'
import type { KubeObject } from './resource.ts'

type Written = KubeObject & { readonly note?: string; readonly series?: { readonly count: number } }

function create(options: Partial<EventRecorderOptions> = {}, fails = () => false) {
  const clock = createFakeClock()
  const created: Written[] = []
  const patched: Written[] = []
  const client = {
    create: async (_resource: unknown, object: Written) => {
      if (fails()) throw new Error('no')
      created.push(object)
    },
    mergePatch: async (_resource: unknown, _name: unknown, patch: Written) =>
      void patched.push(patch),
  }
  const recorder = createEventRecorder({
    client: client as unknown as Pick<KubeClient, 'create' | 'mergePatch'>,
    controller: 'example.dev/operator',
    instance: 'pod-1',
    clock,
    ...options,
  })
  return { recorder, clock, created, patched }
}

const event = (note = 'All is well'): RecordedEvent => ({
  regarding: {
    apiVersion: 'example.dev/v1',
    kind: 'Widget',
    namespace: 'default',
    name: 'a',
    uid: 'u1',
  },
  type: 'Normal',
  reason: 'Ready',
  action: 'Reconcile',
  note,
})

test('writes an event beside its object', async () => {
  const { recorder, created } = create()
  recorder.record(event())
  await recorder.flush()
  expect(created[0]).toMatchObject({
    metadata: { namespace: 'default', name: expect.stringMatching(/^a\.[0-9a-f]+$/) },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'example.dev/operator',
    note: 'All is well',
    type: 'Normal',
  })
})

test('makes a series of repeats, with few writes', async () => {
  const { recorder, created, patched } = create()
  for (let repeat = 0; repeat < 20; repeat += 1) recorder.record(event())
  await recorder.flush()
  expect(created).toHaveLength(1)
  expect(patched.map(({ series }) => series?.count)).toEqual([2, 4, 8, 16])
})

test('begins anew when the series has ended', async () => {
  const { recorder, created, clock } = create()
  recorder.record(event())
  await clock.advance(360_000)
  recorder.record(event())
  await recorder.flush()
  expect(created).toHaveLength(2)
})

test('drops what is too much, and has room again later', async () => {
  const { recorder, created, clock } = create({ burst: 3, perSecond: 1 })
  for (let index = 0; index < 10; index += 1) recorder.record(event(`note ${index}`))
  await clock.advance(2_000)
  for (let index = 10; index < 20; index += 1) recorder.record(event(`note ${index}`))
  await recorder.flush()
  expect(created).toHaveLength(5)
})

test('never fails its caller, and does not continue a series that was not begun', async () => {
  const { recorder, created, patched } = create({}, () => true)
  recorder.record(event())
  recorder.record(event())
  await recorder.flush()
  expect([...created, ...patched]).toEqual([])
})

test('cuts a note at the size that the API server takes, between characters', async () => {
  const { recorder, created } = create()
  recorder.record(event('🔑'.repeat(400)))
  await recorder.flush()
  const note = created[0]?.note ?? ''
  expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_000)
  expect(note).toMatch(/^(🔑)+…$/u)
})
