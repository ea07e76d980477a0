// Steps about one key as a whole: what changes it, switches it off and on, and ends it.

import type { Reason } from '@latchkey/core'
import { end, type ModelKey } from './model.ts'
import { beyond, type ModelCaller, toChange, toChangeLiving, toEnable } from './model-refusals.ts'
import { keyOf, type ModelRun } from './model-run.ts'
import type { StepOf } from './model-step.ts'

/** What each step of this kind does, at the service and at the model. */
export function keySteps(run: ModelRun) {
  const { world } = run
  const { actorOf, ask } = run.actors

  async function change(
    step: StepOf<'rename' | 'rescope' | 'extend'>,
    what: (key: ModelKey) => {
      readonly body: object
      readonly needsRights: (caller: ModelCaller) => boolean
      readonly changed: Partial<ModelKey>
    },
  ): Promise<void> {
    const key = keyOf(run, step.key)
    if (key === undefined) return
    const { body, needsRights, changed } = what(key)
    const granted = await ask(actorOf(step.by), {
      method: 'PATCH',
      path: `/apikeys/${key.id}`,
      body,
      refusals: (caller) =>
        toChangeLiving(caller, key, world.nowMs, { ScopeNotGranted: needsRights(caller) }),
    })
    if (granted !== undefined) Object.assign(key, changed)
  }

  async function switched(
    step: StepOf<'revoke' | 'disable' | 'enable'>,
    refusals: (caller: ModelCaller, key: ModelKey) => readonly Reason[],
    effect: (key: ModelKey) => void,
  ): Promise<void> {
    const key = keyOf(run, step.key)
    if (key === undefined) return
    const { kind } = step
    const granted = await ask(actorOf(step.by), {
      method: kind === 'revoke' ? 'DELETE' : 'POST',
      path: kind === 'revoke' ? `/apikeys/${key.id}` : `/apikeys/${key.id}/${kind}`,
      ...(kind === 'revoke' ? {} : { body: {} }),
      refusals: (caller) => refusals(caller, key),
    })
    if (granted !== undefined) effect(key)
  }

  return {
    rename: (step: StepOf<'rename'>) =>
      change(step, () => ({
        body: { displayName: step.displayName },
        needsRights: () => false,
        changed: { displayName: step.displayName },
      })),

    /** Scopes that the key has may stay, whoever asks; those that it gets must be the caller's to give. */
    rescope: (step: StepOf<'rescope'>) =>
      change(step, (key) => ({
        body: { scopes: step.scopes },
        needsRights: (caller) =>
          beyond(
            caller,
            step.scopes.filter((scope) => !key.scopes.includes(scope)),
          ),
        changed: { scopes: step.scopes },
      })),

    /** A later end, or none, needs every right of the key; a nearer one needs none. */
    extend: (step: StepOf<'extend'>) =>
      change(step, (key) => {
        const { lifeSeconds } = step
        const expiresMs = lifeSeconds === null ? null : world.nowMs + lifeSeconds * 1000
        const later = key.expiresMs !== null && (expiresMs === null || expiresMs > key.expiresMs)
        return {
          body: { expiration: lifeSeconds === null ? null : { after: `${lifeSeconds}s` } },
          needsRights: (caller) => later && beyond(caller, key.scopes),
          changed: { expiresMs },
        }
      }),

    revoke: (step: StepOf<'revoke'>) => switched(step, toChange, end),

    disable: (step: StepOf<'disable'>) =>
      switched(
        step,
        (caller, key) =>
          toChangeLiving(caller, key, world.nowMs, { KeyPending: key.state === 'pending' }),
        (key) => {
          key.state = 'disabled'
        },
      ),

    enable: (step: StepOf<'enable'>) =>
      switched(
        step,
        (caller, key) => toEnable(world, caller, key),
        (key) => {
          if (key.state === 'disabled') key.state = 'active'
        },
      ),
  }
}
