import type { Action, Plan, Standing } from './action.ts'
import type { Check, Decision } from './check.ts'
import { checks } from './checks.ts'
import { deletionChecks } from './deletion-checks.ts'
import type { DesiredKey } from './desired-key.ts'
import { type Facts, gatherFacts } from './facts.ts'
import type { Observed } from './observed.ts'
import { standingKind } from './recovery.ts'

/**
 * What must happen to this key now: the heart of Latchkey. The operator applies the answer, Terraform's plan shows
 * it, and `latchkey plan` prints it.
 *
 * It answers from observed state alone, so a run that was cut after any action is continued by the next one. The
 * same input gives the same answer; applying the actions and asking again ends at rest. A plan never holds a token.
 */
export function plan(desired: DesiredKey, observed: Observed, now: Date): Plan {
  const facts = gatherFacts(desired, observed, now)
  const { check, decision } = decide(observed.deleting ? deletionChecks : checks, facts)
  const possible = withoutService(facts, decision)
  const nextTime = nextChange(facts)
  const { rotationTime, others } = facts
  return {
    check: check.name,
    ...possible,
    previous: others,
    ...(rotationTime === undefined ? {} : { rotationTime }),
    ...(nextTime === undefined ? {} : { nextTime }),
  }
}

function decide(questions: readonly Check[], facts: Facts): { check: Check; decision: Decision } {
  for (const check of questions) {
    const decision = check.decide(facts)
    if (decision !== undefined) return { check, decision }
  }
  throw new Error('The last check of a list always answers')
}

/** What needs no key service, and therefore goes on when there is none. */
const local = {
  addFinalizer: true,
  dressSecret: true,
  removeSecret: true,
  removeFinalizer: true,
  confirm: false,
  issue: false,
  acknowledge: false,
  update: false,
  revoke: false,
} as const satisfies Record<Action['kind'], boolean>

/**
 * A service that cannot be used proves nothing: what needs it waits, and an ApiKey that has what it asks for stays
 * Ready. With a service that is missing nothing else is worth doing first, a finalizer least of all.
 */
function withoutService({ observed }: Facts, decision: Decision): Decision {
  const { service } = observed
  if (service.kind === 'usable') return decision
  const remote = decision.actions.find((action) => !local[action.kind])
  const blocked =
    remote !== undefined || decision.actions.some(({ kind }) => kind === 'addFinalizer')
  if (!blocked) return decision
  if (observed.settled && observed.keys.kind === 'unknown' && !observed.deleting) {
    return {
      actions: [],
      standing: {
        kind: 'ready',
        reason: 'Ready',
        message: `The token is in place; ${service.message}`,
      },
    }
  }
  const standing: Standing = {
    kind: standingKind(service.reason),
    reason: service.reason,
    message: observed.deleting
      ? `Its keys cannot be revoked: ${service.message}. To let it go whatever it leaves behind, annotate it with latchkey.dev/force-delete=true`
      : service.message,
  }
  return { actions: [], standing }
}

/** When the answer changes by the clock alone: a rotation, the end of a grace period, the end of the key. */
function nextChange({
  observed,
  desired,
  rotationTime,
  others,
  holder,
  now,
}: Facts): Date | undefined {
  if (observed.deleting || desired.suspend) return undefined
  const end = holder?.record.expirationTime
  const times = [
    ...(rotationTime === undefined ? [] : [rotationTime.getTime()]),
    ...(end === undefined ? [] : [Date.parse(end)]),
    ...others.map((other) => other.endTime.getTime()),
  ].filter((time) => time > now.getTime())
  return times.length === 0 ? undefined : new Date(Math.min(...times))
}
