// Runs reconciles: takes names from the queue, keeps a bounded number of them at work, and turns each outcome into what
// happens to that name next. What an event said is forgotten by then; a reconcile reads the state as it is.

import { Backoff, type BackoffOptions } from './backoff.ts'
import type { Clock, Timer } from './clock.ts'
import { type Log, silentLog } from './log.ts'
import type { ReconcileResult, RuntimeMetrics } from './metrics.ts'
import { type Priority, priority, type QueuedItem, WorkQueue } from './queue.ts'
import { Schedule } from './schedule.ts'

/** How a reconcile ended; a throw means that it failed and is tried again after a backoff. */
export type Outcome =
  /** The state is as wished. */
  | { readonly kind: 'done' }
  /** Something will have to be done later, at this distance. */
  | { readonly kind: 'wait'; readonly afterMilliseconds: number }
  /** It cannot succeed until someone changes the object: no retry. */
  | { readonly kind: 'terminal'; readonly error?: unknown }

/** Brings one object from its state to its wish. The signal fires on timeout and at the end of a shutdown. */
export type Reconcile = (item: string, signal: AbortSignal) => Promise<Outcome>

/** A controller's parts and numbers. */
export type ControllerOptions = {
  /** Appears in metrics and logs. */
  readonly name: string
  readonly reconcile: Reconcile
  /** Reconciles at work at once; 32 unless told, as many as there are connections. */
  readonly concurrency?: number
  readonly reconcileTimeoutMilliseconds?: number
  readonly backoff?: BackoffOptions
  readonly clock: Clock
  readonly random?: () => number
  readonly log?: Log
  readonly metrics?: RuntimeMetrics | undefined
}

/** A queue with workers. */
export type Controller = {
  /**
   * Wishes a reconcile soon; merges with one that waits, follows one that runs. An item that failed waits for the end of
   * its backoff all the same unless the urgency is `retry` or `user`: what its own failing tries set off must not turn
   * them into a storm, and the retry sees everything.
   */
  readonly enqueue: (item: string, urgency?: Priority) => void
  /** Wishes a reconcile later; replaces an earlier wish of that kind. */
  readonly enqueueAfter: (item: string, delayMilliseconds: number) => void
  /** Forgets the item's backoff and due time: it is gone. */
  readonly forget: (item: string) => void
  /** Starts working, or goes on after a `stop`; the queue fills before and meanwhile. */
  readonly start: () => void
  /**
   * Takes nothing more and resolves when the last reconcile has ended: by itself within `drainMilliseconds` (30 s), else
   * after its signal fired. Can be started again, so a lost and regained leadership loses no work.
   */
  readonly stop: (options?: { readonly drainMilliseconds?: number }) => Promise<void>
  /** Whether nothing waits in the queue and nothing runs. Items that are due later do not count. */
  readonly isIdle: () => boolean
  /** Resolves as soon as the controller is idle. */
  readonly idle: () => Promise<void>
  /** Milliseconds until the item comes back by itself, if it does. */
  readonly dueIn: (item: string) => number | undefined
}

/** Creates a controller; it works after `start`. */
export function createController(options: ControllerOptions): Controller {
  const { name, clock } = options
  const log = options.log ?? silentLog
  const concurrency = options.concurrency ?? 32
  const timeout = options.reconcileTimeoutMilliseconds ?? 120_000
  const queue = new WorkQueue(clock.monotonic)
  const backoff = new Backoff({ random: options.random ?? Math.random, ...options.backoff })
  const schedule = new Schedule({
    clock,
    fire: (item) => enqueue(item, backoff.has(item) ? priority.retry : priority.timer),
  })
  const running = new Map<string, Run>()
  const whenIdle = new Waiters()
  const whenDrained = new Waiters()
  let working = false
  let pumping = false
  let timeoutTimer: Timer | undefined

  const metrics = options.metrics?.controller(name, {
    concurrency,
    activeWorkers: () => running.size,
    depth: () => queue.depth,
    unfinishedSeconds: () => sum(ages()) / 1000,
    longestRunningSeconds: () => Math.max(0, ...ages()) / 1000,
  })
  const ages = () => [...running.values()].map((run) => clock.monotonic() - run.startedAt)

  const enqueue = (item: string, urgency: Priority = priority.user) => {
    if (urgency > priority.retry && backoff.has(item) && schedule.dueIn(item) !== undefined) return
    if (queue.add(item, urgency)) metrics?.added()
    if (!working || pumping) return
    pumping = true
    // After the caller: ten changes of one object in one piece of a watch make one reconcile.
    queueMicrotask(pump)
  }

  const pump = () => {
    pumping = false
    while (working && running.size < concurrency) {
      const next = queue.take()
      if (next === undefined) break
      void run(next)
    }
    if (running.size > 0) return
    whenDrained.release()
    if (queue.depth === 0) whenIdle.release()
  }

  const run = async ({ item, addedAt }: QueuedItem) => {
    const startedAt = clock.monotonic()
    const abort = new AbortController()
    running.set(item, { startedAt, abort })
    watchTimeouts()
    metrics?.started((startedAt - addedAt) / 1000)
    // Whatever was to bring it back: it is here. The outcome decides anew.
    schedule.cancel(item)
    let result: ReconcileResult
    try {
      result = settle(item, await options.reconcile(item, abort.signal))
    } catch (error) {
      result = fail(item, error)
    }
    metrics?.finished(result, (clock.monotonic() - startedAt) / 1000)
    running.delete(item)
    queue.done(item, result === 'error' ? priority.retry : priority.initial)
    pump()
  }

  const settle = (item: string, outcome: Outcome): ReconcileResult => {
    backoff.reset(item)
    if (outcome.kind === 'terminal') {
      log.warn(
        { controller: name, item, err: outcome.error },
        'Reconcile cannot succeed as things are',
      )
      return 'terminal'
    }
    if (outcome.kind === 'done') return 'success'
    schedule.set(item, outcome.afterMilliseconds)
    return 'requeue_after'
  }

  const fail = (item: string, error: unknown): ReconcileResult => {
    if (isBug(error)) metrics?.panicked()
    metrics?.retried()
    const delayMilliseconds = backoff.next(item, retryAfterOf(error))
    schedule.set(item, delayMilliseconds)
    log.warn(
      { controller: name, item, err: error, delayMilliseconds },
      'Reconcile failed, will be tried again',
    )
    return 'error'
  }

  // One timer for all runs, since nearly all of them end within milliseconds.
  const watchTimeouts = () => {
    if (timeoutTimer !== undefined) return
    timeoutTimer = clock.setTimer(timeout / 4, () => {
      timeoutTimer = undefined
      for (const [item, { startedAt, abort }] of running) {
        if (clock.monotonic() - startedAt < timeout || abort.signal.aborted) continue
        metrics?.timedOut()
        log.error({ controller: name, item }, 'Reconcile timed out')
        abort.abort(new Error('The reconcile timed out'))
      }
      if (running.size > 0) watchTimeouts()
    })
  }

  return {
    enqueue,
    enqueueAfter: (item, delayMilliseconds) => schedule.set(item, delayMilliseconds),
    forget: (item) => {
      backoff.reset(item)
      schedule.cancel(item)
    },
    start: () => {
      working = true
      pump()
    },
    stop: async ({ drainMilliseconds = 30_000 } = {}) => {
      working = false
      const deadline = clock.setTimer(drainMilliseconds, () => {
        for (const { abort } of running.values()) abort.abort(new Error('Shutting down'))
      })
      if (running.size > 0) await whenDrained.wait()
      deadline.cancel()
    },
    isIdle: () => running.size === 0 && queue.depth === 0,
    idle: async () => {
      if (running.size > 0 || queue.depth > 0) await whenIdle.wait()
    },
    dueIn: (item) => schedule.dueIn(item),
  }
}

type Run = { readonly startedAt: number; readonly abort: AbortController }

/** Those who wait for a state; `release` lets all of them go. */
class Waiters {
  #waiting: (() => void)[] = []

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  release(): void {
    if (this.#waiting.length === 0) return
    const released = this.#waiting
    this.#waiting = []
    for (const resolve of released) resolve()
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** What Go would panic with: a mistake in the code, not a failure of the world. Retried all the same. */
function isBug(error: unknown): boolean {
  return (
    error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
  )
}

function retryAfterOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('retryAfterSeconds' in error))
    return undefined
  return typeof error.retryAfterSeconds === 'number' ? error.retryAfterSeconds : undefined
}
