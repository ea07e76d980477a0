import { describe, expect, test } from 'vitest'
import {
  type Controller,
  type ControllerOptions,
  createController,
  type Outcome,
} from './controller.ts'
import { createFakeClock } from './fake-clock.ts'
import { createRuntimeMetrics } from './metrics.ts'
import { type Priority, priority } from './queue.ts'

const done: Outcome = { kind: 'done' }

function create(
  reconcile: ControllerOptions['reconcile'],
  options: Partial<ControllerOptions> = {},
) {
  const clock = createFakeClock()
  const metrics = createRuntimeMetrics()
  const controller = createController({
    name: 'widgets',
    reconcile,
    clock,
    metrics,
    random: () => 0.5,
    ...options,
  })
  const count = async (name: string, labels: Record<string, string> = {}) => {
    const metric = await metrics.registry.getSingleMetric(name)?.get()
    const found = metric?.values.find((value) =>
      Object.entries(labels).every(([label, expected]) => value.labels[label] === expected),
    )
    return found?.value
  }
  return { clock, controller, count }
}

/** A reconcile that waits until the test ends it. */
function createGate() {
  const started: string[] = []
  const waiting = new Map<string, (outcome: Outcome) => void>()
  return {
    started,
    reconcile: (item: string) =>
      new Promise<Outcome>((resolve) => {
        started.push(item)
        waiting.set(item, resolve)
      }),
    finish: (item: string, outcome: Outcome = done) => waiting.get(item)?.(outcome),
    running: () => [...waiting.keys()],
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a controller', () => {
  test('reconciles nothing before it is started, and everything that waited then', async () => {
    const seen: string[] = []
    const { controller } = create(async (item) => {
      seen.push(item)
      return done
    })
    controller.enqueue('b', priority.initial)
    controller.enqueue('a')
    await settled()
    expect(seen).toEqual([])
    controller.start()
    await controller.idle()
    expect(seen).toEqual(['a', 'b'])
  })

  test('makes one reconcile of many changes that come together', async () => {
    let calls = 0
    const { controller } = create(async () => {
      calls += 1
      return done
    })
    controller.start()
    for (let change = 0; change < 10; change += 1) controller.enqueue('a')
    await controller.idle()
    expect(calls).toBe(1)
  })

  test('never works on one item twice at once, and comes back to what changed meanwhile', async () => {
    const gate = createGate()
    const { controller } = create(gate.reconcile)
    controller.start()
    controller.enqueue('a')
    await settled()
    controller.enqueue('a')
    await settled()
    expect(gate.started).toEqual(['a'])
    gate.finish('a')
    await settled()
    expect(gate.started).toEqual(['a', 'a'])
    expect(controller.isIdle()).toBe(false)
    gate.finish('a')
    await controller.idle()
    expect(controller.isIdle()).toBe(true)
  })

  test('works on no more items at once than it may', async () => {
    const gate = createGate()
    const { controller } = create(gate.reconcile, { concurrency: 2 })
    controller.start()
    for (const item of ['a', 'b', 'c']) controller.enqueue(item)
    await settled()
    expect(gate.started).toEqual(['a', 'b'])
    gate.finish('a')
    await settled()
    expect(gate.started).toEqual(['a', 'b', 'c'])
  })

  test('comes back after the time that a reconcile asked for', async () => {
    let calls = 0
    const { controller, clock } = create(async () => {
      calls += 1
      return calls === 1 ? { kind: 'wait', afterMilliseconds: 90 * 86_400_000 } : done
    })
    controller.start()
    controller.enqueue('a')
    await controller.idle()
    expect(controller.dueIn('a')).toBe(90 * 86_400_000)
    clock.stepWallClock(90 * 86_400_000 - 1_000)
    await clock.advance(999)
    expect(calls).toBe(1)
    await clock.advance(1)
    expect(calls).toBe(2)
    expect(controller.dueIn('a')).toBeUndefined()
  })

  test('forgets the former due time when the item is reconciled earlier', async () => {
    const outcomes: Outcome[] = [{ kind: 'wait', afterMilliseconds: 60_000 }, done]
    let calls = 0
    const { controller, clock } = create(async () => {
      calls += 1
      return outcomes.shift() ?? done
    })
    controller.start()
    controller.enqueue('a')
    await controller.idle()
    controller.enqueue('a')
    await controller.idle()
    await clock.advance(120_000)
    expect(calls).toBe(2)
  })
})

describe('a failed reconcile', () => {
  test('is tried again after a growing delay, until it succeeds', async () => {
    const times: number[] = []
    const { controller, clock, count } = create(
      async () => {
        times.push(clock.monotonic())
        if (times.length < 4) throw new Error('not yet')
        return done
      },
      { random: () => 1 },
    )
    controller.start()
    controller.enqueue('a')
    await clock.advance(60_000)
    const delays = times.slice(1).map((at, index) => at - (times[index] ?? 0))
    expect(delays).toEqual([3_000, 9_000, 27_000])
    expect(await count('controller_runtime_reconcile_errors_total')).toBe(3)
    expect(await count('controller_runtime_reconcile_total', { result: 'success' })).toBe(1)
    expect(await count('workqueue_retries_total')).toBe(3)
  })

  test('waits as long as the server asked', async () => {
    let calls = 0
    const { controller, clock } = create(async () => {
      calls += 1
      throw Object.assign(new Error('busy'), { retryAfterSeconds: 30 })
    })
    controller.start()
    controller.enqueue('a')
    await clock.advance(29_999)
    expect(calls).toBe(1)
    await clock.advance(4_000)
    expect(calls).toBe(2)
  })

  test('does not delay what a user changes', async () => {
    let calls = 0
    const { controller } = create(async () => {
      calls += 1
      if (calls === 1) throw new Error('wrong')
      return done
    })
    controller.start()
    controller.enqueue('a')
    await controller.idle()
    controller.enqueue('a')
    await controller.idle()
    expect(calls).toBe(2)
    expect(controller.dueIn('a')).toBeUndefined()
  })

  test('that throws before it awaits, or has a bug, harms nobody else', async () => {
    const seen: string[] = []
    const { controller, count } = create((item) => {
      seen.push(item)
      if (item === 'bad') throw new TypeError('a bug')
      return Promise.resolve(done)
    })
    controller.start()
    for (const item of ['bad', 'good']) controller.enqueue(item)
    await controller.idle()
    expect(seen).toEqual(['bad', 'good'])
    expect(await count('controller_runtime_reconcile_panics_total')).toBe(1)
  })

  test('that cannot succeed is not tried again', async () => {
    let calls = 0
    const { controller, clock, count } = create(async () => {
      calls += 1
      return { kind: 'terminal', error: new Error('the spec is wrong') }
    })
    controller.start()
    controller.enqueue('a')
    await clock.advance(3_600_000)
    expect(calls).toBe(1)
    expect(await count('controller_runtime_terminal_reconcile_errors_total')).toBe(1)
  })

  test('that takes too long gets its signal, and holds its place until it ends', async () => {
    let reason: unknown
    const { controller, clock, count } = create(
      (_item, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason
            reject(signal.reason)
          })
        }),
      { reconcileTimeoutMilliseconds: 10_000 },
    )
    controller.start()
    controller.enqueue('a')
    await clock.advance(9_000)
    expect(reason).toBeUndefined()
    await clock.advance(4_000)
    expect(reason).toBeInstanceOf(Error)
    expect(await count('controller_runtime_reconcile_timeouts_total')).toBe(1)
  })
})

describe('what a failing try sets off itself', () => {
  function createEcho(urgency: Priority) {
    let tries = 0
    const { controller, clock } = create(async (item) => {
      tries += 1
      // As the change feed does, while the try runs and after it.
      controller.enqueue(item, urgency)
      setImmediate(() => controller.enqueue(item, urgency))
      throw new Error('still failing')
    })
    return { controller, clock, tries: () => tries }
  }

  test('does not end its backoff', async () => {
    const { controller, clock, tries } = createEcho(priority.timer)
    controller.start()
    controller.enqueue('a')
    await settled()
    await settled()
    expect(tries()).toBe(1)
    await clock.advance(2_000)
    expect(tries()).toBe(2)
  })

  test('ends it where a person changed the object', async () => {
    const { controller, tries } = createEcho(priority.timer)
    controller.start()
    controller.enqueue('a')
    await settled()
    controller.enqueue('a', priority.user)
    await settled()
    expect(tries()).toBe(2)
  })
})

describe('stopping', () => {
  test('waits for what runs and takes nothing more, until it is started again', async () => {
    const gate = createGate()
    const { controller } = create(gate.reconcile, { concurrency: 1 })
    controller.start()
    controller.enqueue('a')
    controller.enqueue('b')
    await settled()
    let stopped = false
    const stopping = controller.stop().then(() => {
      stopped = true
    })
    await settled()
    expect(stopped).toBe(false)
    gate.finish('a')
    await stopping
    expect(gate.started).toEqual(['a'])
    controller.start()
    await settled()
    expect(gate.started).toEqual(['a', 'b'])
  })

  test('cuts off what has not ended after the time given', async () => {
    const { controller, clock } = create(
      (_item, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    )
    controller.start()
    controller.enqueue('a')
    await settled()
    let stopped = false
    void controller.stop({ drainMilliseconds: 5_000 }).then(() => {
      stopped = true
    })
    await clock.advance(4_999)
    expect(stopped).toBe(false)
    await clock.advance(1)
    expect(stopped).toBe(true)
  })
})

test('the queue gauges tell what waits and what runs', async () => {
  const gate = createGate()
  const { controller, clock, count } = create(gate.reconcile, { concurrency: 1 })
  const watched: Controller = controller
  watched.enqueue('a')
  watched.enqueue('b')
  watched.start()
  await clock.advance(2_000)
  expect(await count('workqueue_depth')).toBe(1)
  expect(await count('controller_runtime_active_workers')).toBe(1)
  expect(await count('workqueue_longest_running_processor_seconds')).toBe(2)
  expect(await count('workqueue_adds_total')).toBe(2)
})
