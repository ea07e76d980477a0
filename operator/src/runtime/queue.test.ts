import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Priority, priority, WorkQueue } from './queue.ts'

const create = () => new WorkQueue(() => 0)

function drain(queue: WorkQueue): string[] {
  const items: string[] = []
  for (let next = queue.take(); next !== undefined; next = queue.take()) {
    items.push(next.item)
    queue.done(next.item)
  }
  return items
}

describe('a work queue', () => {
  test('hands out items of one priority in the order of their first addition', () => {
    const queue = create()
    for (const item of ['a', 'b', 'a', 'c']) queue.add(item, priority.user)
    expect(drain(queue)).toEqual(['a', 'b', 'c'])
  })

  test('hands out what is urgent before what waited longer', () => {
    const queue = create()
    queue.add('old', priority.initial)
    queue.add('due', priority.timer)
    queue.add('failed', priority.retry)
    queue.add('changed', priority.user)
    expect(drain(queue)).toEqual(['changed', 'failed', 'due', 'old'])
  })

  test('raises the priority of an item that waits, and never lowers it', () => {
    const queue = create()
    queue.add('a', priority.initial)
    queue.add('b', priority.timer)
    queue.add('a', priority.user)
    queue.add('a', priority.initial)
    expect(queue.take()).toMatchObject({ item: 'a', priority: priority.user })
    expect(queue.depth).toBe(1)
  })

  test('queues an item again that was added while it ran', () => {
    const queue = create()
    queue.add('a', priority.user)
    queue.take()
    expect(queue.add('a', priority.timer)).toBe(true)
    expect(queue.take()).toBeUndefined()
    expect(queue.done('a')).toBe(true)
    expect(queue.take()).toMatchObject({ item: 'a', priority: priority.timer })
    expect(queue.done('a')).toBe(false)
    expect(queue.running + queue.depth).toBe(0)
  })

  test('forgets what was added while it ran, where the end of the run says so', () => {
    const queue = create()
    queue.add('a', priority.user)
    queue.take()
    queue.add('a', priority.timer)
    expect(queue.done('a', priority.retry)).toBe(false)
    queue.add('a', priority.user)
    queue.take()
    queue.add('a', priority.user)
    expect(queue.done('a', priority.retry)).toBe(true)
  })

  test('serves the lowest priority though urgent items never end', () => {
    const queue = create()
    queue.add('patient', priority.initial)
    const served: string[] = []
    for (let round = 0; round < 16 && !served.includes('patient'); round += 1) {
      queue.add(`urgent-${round}`, priority.user)
      queue.add(`urgent-${round}-too`, priority.user)
      const next = queue.take()
      if (next !== undefined) served.push(next.item)
      queue.done(next?.item ?? '')
    }
    expect(served).toContain('patient')
  })

  test('knows since when an item waits, also when it was added while it ran', () => {
    let now = 5
    const queue = new WorkQueue(() => now)
    queue.add('a', priority.user)
    expect(queue.take()?.addedAt).toBe(5)
    now = 7
    queue.add('a', priority.user)
    now = 9
    queue.done('a')
    expect(queue.take()?.addedAt).toBe(7)
  })
})

type Step =
  | { readonly kind: 'add'; readonly item: string; readonly urgency: Priority }
  | { readonly kind: 'take' }
  | { readonly kind: 'done'; readonly index: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('add' as const),
    item: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    urgency: fc.constantFrom<Priority>(0, 1, 2, 3),
  }),
  fc.constant({ kind: 'take' } as const),
  fc.record({ kind: fc.constant('done' as const), index: fc.nat(5) }),
)

test('whatever happens in whatever order, no item runs twice at once and none is lost', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = create()
      const running: string[] = []
      const wanted = new Set<string>()
      for (const action of steps) {
        if (action.kind === 'add') {
          queue.add(action.item, action.urgency)
          wanted.add(action.item)
        } else if (action.kind === 'take') {
          const item = queue.take()?.item
          expect(running).not.toContain(item)
          const mayRun = [...wanted].filter((name) => !running.includes(name))
          if (item === undefined) expect(mayRun).toEqual([])
          else {
            expect(mayRun).toContain(item)
            wanted.delete(item)
            running.push(item)
          }
        } else if (running.length > 0) {
          const [item = ''] = running.splice(action.index % running.length, 1)
          expect(queue.done(item)).toBe(wanted.has(item))
        }
        expect(queue.running).toBe(running.length)
        expect(queue.depth).toBe([...wanted].filter((name) => !running.includes(name)).length)
      }
      for (const item of running) queue.done(item)
      expect(new Set(drain(queue))).toEqual(wanted)
    }),
  )
})
