// Steps about the tokens of one key: rotation, acknowledgement, use, publication.

import { issuedKeyBody, leakReportedBody, verdictBody } from '@latchkey/core'
import { expect } from 'vitest'
import {
  acknowledge,
  endOthers,
  lasting,
  leak,
  type ModelKey,
  type ModelToken,
  pendingMs,
  works,
} from './model.ts'
import type { Actor } from './model-actor.ts'
import { lacks, sees, toChange, toChangeLiving, toRotate } from './model-refusals.ts'
import { keyOf, type ModelRun } from './model-run.ts'
import type { StepOf, Which } from './model-step.ts'

/** A rotation that may be repeated. */
interface Rotation {
  readonly actor: Actor
  readonly body: { readonly gracePeriodSeconds: number; readonly pending: boolean }
  readonly idempotencyKey: string
}

/** The token that a step means. */
export function tokenOf({ id, tokens }: ModelKey, which: Which): ModelToken {
  const found = which === 'newest' ? tokens.at(-1) : which === 'before' ? tokens.at(-2) : undefined
  const token = found ?? tokens[0]
  if (token === undefined) throw new Error(`Key ${id} never had a token`)
  return token
}

/** What each step of this kind does, at the service and at the model. */
export function tokenSteps(run: ModelRun) {
  const { world } = run
  const { actorOf, ask } = run.actors
  const rotations = new Map<ModelKey, Rotation>()

  async function rotate(step: StepOf<'rotate'>): Promise<void> {
    const key = keyOf(run, step.key)
    if (key === undefined) return
    const { pending, graceSeconds, named } = step
    const actor = actorOf(step.by)
    const body = { gracePeriodSeconds: graceSeconds, pending }
    const idempotencyKey = named ? run.name() : undefined
    const granted = await ask(actor, {
      method: 'POST',
      path: `/apikeys/${key.id}/rotate`,
      body,
      idempotencyKey,
      refusals: (caller) => toRotate(caller, key, world.nowMs),
    })
    if (granted === undefined) return
    // While the new one waits for its acknowledgement, the one before works as if nothing had happened.
    if (!pending) endOthers(key, undefined, world.nowMs + graceSeconds * 1000)
    addToken(key, granted.answer.body, body)
    if (idempotencyKey === undefined) rotations.delete(key)
    else rotations.set(key, { actor, body, idempotencyKey })
  }

  /** The last rotation of the key once more: while its token is unused, a fresh one takes its place. */
  async function repeatRotation({ key: nth, altered }: StepOf<'repeatRotation'>): Promise<void> {
    const key = keyOf(run, nth)
    const rotation = key && rotations.get(key)
    if (key === undefined || rotation === undefined) return
    const { actor, body, idempotencyKey } = rotation
    const newest = tokenOf(key, 'newest')
    const waits = () => newest.pendingUntilMs !== null && newest.endsMs === null
    // Whether one that died of waiting may still be replaced is left open.
    if (waits() && !lasting(key, world.nowMs).includes(newest)) return
    const granted = await ask(actor, {
      method: 'POST',
      path: `/apikeys/${key.id}/rotate`,
      body: altered ? { ...body, gracePeriodSeconds: body.gracePeriodSeconds + 1 } : body,
      idempotencyKey,
      refusals: (caller) => {
        const others = toRotate(caller, key, world.nowMs).filter(
          (reason) => reason !== 'RotationInProgress',
        )
        if (altered) others.push('IdempotencyKeyMismatch')
        if (!waits()) others.push('IdempotencyKeyReused')
        return others
      },
    })
    if (granted === undefined) return
    newest.endsMs = world.nowMs
    addToken(key, granted.answer.body, body)
  }

  function addToken(key: ModelKey, answer: unknown, body: Rotation['body']): void {
    const { credential, key: record } = issuedKeyBody.parse(answer)
    expect(record.id).toBe(key.id)
    key.tokens.push({
      token: credential.token ?? '',
      credentialId: credential.id,
      endsMs: null,
      pendingUntilMs: body.pending ? world.nowMs + pendingMs : null,
      graceMs: body.gracePeriodSeconds * 1000,
    })
  }

  async function endPrevious(step: StepOf<'endPrevious'>): Promise<void> {
    const key = keyOf(run, step.key)
    if (key === undefined) return
    const granted = await ask(actorOf(step.by), {
      method: 'DELETE',
      path: `/apikeys/${key.id}/previous`,
      refusals: (caller) => {
        const barred = toChange(caller, key)
        if (barred.length > 0) return barred
        const [, current] = lasting(key, world.nowMs)
        return current !== undefined && current.pendingUntilMs !== null ? ['KeyPending'] : []
      },
    })
    const [previous, current] = lasting(key, world.nowMs)
    if (granted === undefined || previous === undefined || current === undefined) return
    previous.endsMs = world.nowMs
  }

  async function activate(step: StepOf<'activate'>): Promise<void> {
    const key = keyOf(run, step.key)
    if (key === undefined) return
    const token = tokenOf(key, step.which)
    const granted = await ask(actorOf(step.by), {
      method: 'POST',
      path: `/apikeys/${key.id}/activate`,
      body: { credentialId: token.credentialId },
      refusals: (caller) =>
        toChangeLiving(caller, key, world.nowMs, {
          Conflict: key.state === 'disabled' || !lasting(key, world.nowMs).includes(token),
        }),
    })
    if (granted !== undefined) acknowledge(key, token, world.nowMs)
  }

  /** A probe asks without using. */
  async function askVerdict(step: StepOf<'use' | 'probe'>): Promise<void> {
    const key = keyOf(run, step.key)
    if (key === undefined) return
    const token = tokenOf(key, step.which)
    const probe = step.kind === 'probe'
    const worked = works(key, token, world.nowMs)
    const granted = await ask(actorOf(step.by), {
      method: 'POST',
      path: '/verify',
      body: { token: token.token, probe },
      refusals: (caller) => (lacks(caller, 'verifyApiKeys') ? ['Forbidden'] : []),
    })
    if (granted === undefined) return
    const verdict = verdictBody.parse(granted.answer.body)
    if (!sees(granted.caller, key)) {
      expect(verdict).toMatchObject({ valid: false, reason: 'NotFound' })
      return
    }
    expect(verdict.keyId).toBe(key.id)
    // Who asks with a new token about the one before ends that one by asking: it may be found just before or after.
    const stillWorks = works(key, token, world.nowMs)
    expect([worked, stillWorks]).toContain(verdict.valid)
    if (stillWorks && !probe) acknowledge(key, token, world.nowMs)
  }

  /** Anybody may report a token; only who may see its key is told which it was. */
  async function report(step: StepOf<'leak'>): Promise<void> {
    const key = keyOf(run, step.key)
    if (key === undefined) return
    const token = tokenOf(key, step.which)
    const granted = await ask(actorOf(step.by), {
      method: 'POST',
      path: '/leaks',
      body: { token: token.token },
      refusals: () => [],
    })
    if (granted === undefined) return
    const { keyId } = leakReportedBody.parse(granted.answer.body)
    expect(keyId).toBe(sees(granted.caller, key) ? key.id : undefined)
    leak(key, token, world.nowMs)
  }

  return {
    rotate,
    repeatRotation,
    endPrevious,
    activate,
    use: askVerdict,
    probe: askVerdict,
    leak: report,
  }
}
