// Steps about what an account has: its keys, where they begin, its space, its user, and the sessions of its keys.

import { issuedKeyBody, loggedInBody, type Reason, revokedOwnedBody } from '@latchkey/core'
import { expect } from 'vitest'
import {
  acknowledge,
  end,
  endOthers,
  type ModelKey,
  pendingMs,
  sessionMs,
  stateAt,
  works,
} from './model.ts'
import type { Actor } from './model-actor.ts'
import { accountOf, beyond, lacks, type ModelCaller, sees, toIssue } from './model-refusals.ts'
import { keyOf, type ModelRun } from './model-run.ts'
import type { StepOf } from './model-step.ts'
import { tokenOf } from './model-steps-token.ts'

/** A create that may be repeated. */
interface Create {
  readonly actor: Actor
  readonly body: { readonly displayName: string; readonly token?: string }
  readonly idempotencyKey: string | undefined
}

/** What each step of this kind does, at the service and at the model. */
export function accountSteps(run: ModelRun) {
  const { world, service } = run
  const { actorOf, ask } = run.actors
  const created = new Map<ModelKey, Create>()

  async function issue(step: StepOf<'issue'>): Promise<void> {
    const { by, pending, named, chosen, scopes, lifeSeconds } = step
    const actor = actorOf(by)
    const account = world.accounts.find(({ id }) => id === accountIdOf(actor))
    const token = chosen ? run.choose() : undefined
    const body = {
      displayName: 'k',
      scopes,
      ...(pending ? { pending } : {}),
      ...(step.space ? { space: account?.space } : {}),
      ...(step.owner ? { owner: account?.user } : {}),
      ...(lifeSeconds === null ? {} : { expiration: { after: `${lifeSeconds}s` } }),
      ...(token === undefined ? {} : { token }),
    }
    const idempotencyKey = named && !chosen ? run.name() : undefined
    const refusals = (caller: ModelCaller) => toIssue(world, caller, step)
    const granted = await ask(actor, {
      method: 'POST',
      path: '/apikeys',
      body,
      idempotencyKey,
      refusals,
    })
    if (granted === undefined) return
    const { caller } = granted
    const { key, credential } = issuedKeyBody.parse(granted.answer.body)
    const fresh: ModelKey = {
      id: key.id,
      account: caller.account,
      space: step.space ? accountOf(world, caller).space : caller.space,
      owner: step.owner ? accountOf(world, caller).user : caller.user,
      state: pending ? 'pending' : 'active',
      leaked: false,
      pendingUntilMs: pending ? world.nowMs + pendingMs : null,
      expiresMs: lifeSeconds === null ? null : world.nowMs + lifeSeconds * 1000,
      displayName: 'k',
      scopes,
      tokens: [first(credential)],
    }
    world.keys.push(fresh)
    if (chosen || named) created.set(fresh, { actor, body, idempotencyKey })
  }

  /** The create once more: a fresh token while the key is pending and unused; of a chosen token the live key. */
  async function repeat({ key: nth, altered }: StepOf<'repeat'>): Promise<void> {
    const key = keyOf(run, nth)
    const create = key && created.get(key)
    if (key === undefined || create === undefined) return
    const { actor, idempotencyKey, body } = create
    const chosen = body.token !== undefined
    const refusals = (caller: ModelCaller) =>
      chosen ? toRepeatChosen(caller, key, altered) : toRepeat(caller, key, altered)
    const granted = await ask(actor, {
      method: 'POST',
      path: '/apikeys',
      body: altered ? { ...body, displayName: 'altered' } : body,
      idempotencyKey,
      refusals,
    })
    if (granted === undefined) return
    const issued = issuedKeyBody.parse(granted.answer.body)
    expect(issued.key.id).toBe(key.id)
    if (chosen) {
      expect(issued.credential.id).toBe(key.tokens[0]?.credentialId)
      return
    }
    endOthers(key, undefined, world.nowMs)
    key.pendingUntilMs = world.nowMs + pendingMs
    key.tokens.push(first(issued.credential))
  }

  function toRepeat(caller: ModelCaller, key: ModelKey, altered: boolean): Reason[] {
    return [
      ...(lacks(caller, 'writeApiKeys') ? (['Forbidden'] as const) : []),
      ...(altered ? (['IdempotencyKeyMismatch'] as const) : []),
      ...(beyond(caller, key.scopes) ? (['ScopeNotGranted'] as const) : []),
      ...(stateAt(key, world.nowMs) === 'pending' ? [] : (['IdempotencyKeyReused'] as const)),
    ]
  }

  function toRepeatChosen(caller: ModelCaller, key: ModelKey, altered: boolean): Reason[] {
    const [token] = key.tokens
    const live = token !== undefined && works(key, token, world.nowMs)
    return [
      ...(lacks(caller, 'writeApiKeys') || lacks(caller, 'chooseToken')
        ? (['Forbidden'] as const)
        : []),
      ...(altered || !live ? (['AlreadyExists'] as const) : []),
      ...(beyond(caller, key.scopes) ? (['ScopeNotGranted'] as const) : []),
    ]
  }

  /** Of a space or a user. */
  async function remove(step: StepOf<'removeSpace' | 'removeUser'>): Promise<void> {
    const actor = actorOf(step.by)
    const account = world.accounts.find(({ id }) => id === accountIdOf(actor))
    const space = step.kind === 'removeSpace'
    const granted = await ask(actor, {
      method: 'DELETE',
      path: space ? `/spaces/${account?.space}` : `/users/${account?.user}`,
      refusals: (caller) => (lacks(caller, 'manageAccount') ? ['Forbidden'] : []),
    })
    if (granted === undefined || account === undefined) return
    if (!space) {
      account.userRemoved = true
      return
    }
    account.spaceRemoved = true
    world.keys.filter((key) => key.space === account.space).forEach(end)
  }

  async function revokeOwned({ by, miscounted }: StepOf<'revokeOwned'>): Promise<void> {
    const actor = actorOf(by)
    const account = world.accounts.find(({ id }) => id === accountIdOf(actor))
    const owned = (caller?: ModelCaller) =>
      world.keys.filter(
        (key) =>
          key.owner === account?.user &&
          (caller === undefined || sees(caller, key)) &&
          ['pending', 'active', 'disabled'].includes(stateAt(key, world.nowMs)),
      )
    const confirm = owned().length + (miscounted ? 1 : 0)
    const granted = await ask(actor, {
      method: 'POST',
      path: '/apikeys/revoke',
      body: { owner: account?.user, confirm },
      refusals: (caller) => [
        ...(lacks(caller, 'writeApiKeys') ? (['Forbidden'] as const) : []),
        ...(owned(caller).length === confirm ? [] : (['Conflict'] as const)),
      ],
    })
    if (granted === undefined) return
    const ended = owned(granted.caller)
    const { revoked } = revokedOwnedBody.parse(granted.answer.body)
    expect(revoked.toSorted()).toEqual(ended.map(({ id }) => id).toSorted())
    ended.forEach(end)
  }

  /** Whoever has a token may log in with it; it counts as a use. */
  async function login({ key: nth, which }: StepOf<'login'>): Promise<void> {
    const key = keyOf(run, nth)
    if (key === undefined) return
    const of = tokenOf(key, which)
    const { nowMs } = world
    const body = { token: of.token }
    const answer = await service.send('POST', '/auth/login', { token: null, body })
    if (!works(key, of, nowMs)) {
      expect(answer.status, 'a login with a dead token').toBe(401)
      return
    }
    const { token } = loggedInBody.parse(answer.body)
    acknowledge(key, of, nowMs)
    const endsMs = Math.min(nowMs + sessionMs, key.expiresMs ?? Number.POSITIVE_INFINITY)
    world.sessions.push({ token, key, of, endsMs })
  }

  async function pass({ seconds }: StepOf<'pass'>): Promise<void> {
    service.pass(seconds)
    world.nowMs += seconds * 1000
  }

  return { issue, repeat, removeSpace: remove, removeUser: remove, revokeOwned, login, pass }
}

function accountIdOf(actor: Actor): string {
  if (actor.kind === 'admin') return actor.account
  return actor.kind === 'key' ? actor.key.account : actor.session.key.account
}

function first({ id, token = '' }: { readonly id: string; readonly token?: string | undefined }) {
  return { token, credentialId: id, endsMs: null, pendingUntilMs: null, graceMs: 0 }
}
