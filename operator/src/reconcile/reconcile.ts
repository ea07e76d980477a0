import { isDeepStrictEqual } from 'node:util'
import {
  type Action,
  describeIssues,
  desiredKey,
  KeyError,
  mergeConditions,
  type ParsedSpec,
  type Plan,
  parseSpec,
  plan,
  type Reason,
  recovery,
  restSeconds,
  type Standing,
  standingKind,
} from '@latchkey/core'
import { isNotFound } from '../runtime/api-error.ts'
import type { Outcome } from '../runtime/controller.ts'
import { type ApiKeyRecord, statusOf } from './api-key-record.ts'
import { apply } from './apply.ts'
import { conditionsOf } from './conditions.ts'
import { observe, serviceWish } from './observe.ts'
import type { Scene, World } from './scene.ts'
import { statusOfScene, writeStatus } from './status.ts'

/** More rounds than any ApiKey needs: a plan that never ends is a fault of ours, and it must not spin. */
const roundsAtMost = 16

/**
 * Brings one ApiKey in step with its declaration: observe, then plan and apply until the plan is empty, then tell. It
 * starts from a bare name and from state, never from the event that woke it, so it may run at any time, any number of
 * times, and be cut anywhere.
 */
export async function reconcile(world: World, item: string): Promise<Outcome> {
  const record = world.apiKeys.get(item)
  if (record === undefined) return { kind: 'done' }
  const rested = world.rest.outcome(world, record)
  if (rested !== undefined) return rested
  const parsed = readSpec(record)
  if (parsed.kind === 'invalid') return refuse(world, record, describeIssues(parsed.issues))
  const { namespace, name, uid } = record
  const desired = desiredKey(parsed.spec, { cluster: world.cluster, namespace, name, uid })
  try {
    const observed = await observe(world, record, desired)
    const { scene, last, trouble } = await converge(world, observed)
    if (scene.record.deleting && !scene.observed.finalizer) {
      world.rest.letGo(record)
      return { kind: 'done' }
    }
    const standing = trouble === undefined ? last.standing : troubleStanding(trouble)
    announce(world, scene, standing)
    const status = statusOfScene(scene, standing, last, new Date(world.clock.now()))
    const told = await writeStatus(world, scene.record, scene.status, status)
    if (trouble === undefined) remember(world, told, scene, last)
    return trouble === undefined ? rest(world, last) : retry(trouble)
  } catch (error) {
    // It went under our hands: nothing is left to do.
    if (isNotFound(error) && world.apiKeys.get(item) === undefined) return { kind: 'done' }
    throw error
  }
}

interface Converged {
  readonly scene: Scene
  readonly last: Plan
  readonly trouble?: KeyError
}

async function converge(world: World, start: Scene): Promise<Converged> {
  let scene = start
  let done: readonly Action[] = []
  for (let round = 0; round < roundsAtMost; round++) {
    const next = plan(scene.desired, scene.observed, new Date(world.clock.now()))
    if (next.actions.length === 0) return { scene, last: next }
    if (isDeepStrictEqual(next.actions, done)) return { scene, last: next, trouble: inVain(done) }
    done = next.actions
    for (const action of next.actions) {
      const wait = world.repeats.wait(scene.record.uid, action)
      if (wait > 0) return { scene, last: next, trouble: undone(action, wait) }
      try {
        scene = await apply(world, scene, action)
        world.repeats.done(scene.record.uid, action)
        succeeded(world, scene)
      } catch (error) {
        if (!(error instanceof KeyError)) throw error
        failed(world, scene, error)
        return { scene, last: next, trouble: error }
      }
      if (action.kind === 'removeFinalizer' && scene.observed.forced) {
        // Where its namespace goes as well, the API server takes no Event any more.
        const { namespace, name } = scene.record
        world.log.warn({ namespace, name, left: action.message }, 'An ApiKey was let go by force')
      }
      if (action.reason !== 'Progressing') {
        world.log.debug(
          {
            namespace: scene.record.namespace,
            name: scene.record.name,
            action: action.kind,
            reason: action.reason,
          },
          'Applied an action',
        )
        const type = action.reason === 'KeyLeaked' ? 'Warning' : 'Normal'
        world.notify(scene.record, type, action.reason, action.message)
      }
    }
  }
  throw new Error('The plan did not come to rest')
}

/** A service that takes a change and does not keep it is asked with backoff, and the person told; not in circles. */
function inVain(actions: readonly Action[]): KeyError {
  const what = actions.map(({ message }) => message).join('; ')
  return new KeyError(
    'ServiceUnavailable',
    `The key service accepts this and does not keep it: ${what}`,
  )
}

/** What somebody undoes again and again is done again with patience, and the person told. */
function undone({ reason, message }: Action, waitMilliseconds: number): KeyError {
  const retryAfterSeconds = Math.ceil(waitMilliseconds / 1000)
  return new KeyError(
    reason,
    `This does not last, and is done again after a pause of minutes at most: ${message}. Find out who undoes it`,
    { retryAfterSeconds },
  )
}

function succeeded({ services }: World, { service }: Scene): void {
  if (service.kind === 'usable') services.succeeded(service.name)
}

function failed({ services }: World, { service }: Scene, error: KeyError): void {
  if (service.name !== undefined) services.failed(service.name, error)
}

function troubleStanding({ reason, message }: KeyError): Standing {
  return { kind: standingKind(reason), reason, message }
}

/** What the decision was made from, as it was seen then: a change since makes the next reconcile decide anew. */
function remember(
  world: World,
  told: ApiKeyRecord,
  scene: Scene,
  { standing, nextTime }: Plan,
): void {
  const { service, observed, secret, desired } = scene
  if (standing.kind !== 'ready' || told.deleting || secret === undefined) return
  if (service.kind !== 'usable' || observed.keys.kind !== 'known') return
  world.rest.remember(told, {
    wish: serviceWish(told, desired, scene.status),
    connection: service.connection,
    keys: observed.keys.keys,
    secretName: desired.secret.name,
    secretVersion: secret.resourceVersion,
    untilMilliseconds: nextTime?.getTime() ?? Number.POSITIVE_INFINITY,
  })
}

/** At rest nothing wakes an ApiKey but its own clock, and a halt that may end without a word to us. */
function rest(world: World, { nextTime, standing }: Plan): Outcome {
  const byClock = nextTime && Math.max(0, nextTime.getTime() - world.clock.now())
  const byTrouble = standing.kind === 'ready' ? undefined : restMilliseconds(standing.reason)
  const waits = [byClock, byTrouble].filter((wait) => wait !== undefined)
  return waits.length === 0
    ? { kind: 'done' }
    : { kind: 'wait', afterMilliseconds: Math.min(...waits) }
}

/** What the reason's recovery says: backoff by throwing, a long wait, or nothing until a person acts. */
function retry(trouble: KeyError): Outcome {
  if (recovery[trouble.reason] === 'again') throw trouble
  const afterMilliseconds = restMilliseconds(trouble.reason)
  return afterMilliseconds === undefined
    ? { kind: 'terminal', error: trouble }
    : { kind: 'wait', afterMilliseconds }
}

function restMilliseconds(reason: Reason): number | undefined {
  const seconds = restSeconds(reason)
  return seconds && seconds * 1000
}

/** One warning when an ApiKey comes to a halt, not one per try. */
function announce(world: World, scene: Scene, standing: Standing): void {
  if (standing.kind !== 'stalled') return
  const before = scene.status.conditions?.find(({ type }) => type === 'Ready')
  if (before?.reason === standing.reason && before.message === standing.message) return
  world.notify(scene.record, 'Warning', standing.reason, standing.message)
}

/**
 * Reads the spec once more. One that is being deleted must be able to go even when it is wrong, so what decides about
 * its keys is saved from it.
 */
function readSpec(record: ApiKeyRecord): ParsedSpec {
  const declared = JSON.parse(record.spec)
  const parsed = parseSpec(declared)
  if (parsed.kind === 'valid' || !record.deleting) return parsed
  const { serviceRef, suspend, deletionPolicy } = declared
  const saved = parseSpec({ serviceRef, suspend, deletionPolicy })
  return saved.kind === 'valid' ? saved : parseSpec({})
}

/** A spec that got past the API server although it is wrong, such as one stored before a rule existed. */
async function refuse(world: World, record: ApiKeyRecord, message: string): Promise<Outcome> {
  const before = statusOf(record)
  const standing: Standing = { kind: 'stalled', reason: 'Invalid', message }
  const at = { now: new Date(world.clock.now()), generation: record.generation }
  await writeStatus(world, record, before, {
    ...before,
    observedGeneration: record.generation,
    conditions: mergeConditions(before.conditions ?? [], conditionsOf(standing), at),
  })
  return { kind: 'terminal' }
}
