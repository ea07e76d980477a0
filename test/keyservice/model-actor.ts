// Whoever asks in a run of the model: what he presents, what that makes of his own credential, and whether he was answered as the model
// says.

import type { Reason } from '@latchkey/core'
import { expect } from 'vitest'
import type { Answer, TestService } from '../../keyservice/src/test-service.ts'
import {
  acknowledge,
  type ModelKey,
  type ModelSession,
  type ModelToken,
  type ModelWorld,
  sessionWorks,
  works,
} from './model.ts'
import type { ModelCaller } from './model-refusals.ts'
import type { By } from './model-step.ts'

/** Somebody who can ask again later, with whatever credential he has then. */
export type Actor =
  | { readonly kind: 'admin'; readonly account: string }
  | { readonly kind: 'key'; readonly key: ModelKey }
  | { readonly kind: 'session'; readonly session: ModelSession }

/** What is sent, and why it would be refused. */
export interface Question {
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: object
  readonly idempotencyKey?: string | undefined
  readonly refusals: (caller: ModelCaller) => readonly Reason[]
}

/** An answer to somebody whom the service knew. */
export interface Granted {
  readonly answer: Answer
  readonly caller: ModelCaller
}

/** Those who ask in one run. */
export function actors(service: TestService, world: ModelWorld) {
  /** Who is meant; where there is no such key or session yet, the administrator. */
  function actorOf(by: By): Actor {
    const { accounts, keys, sessions } = world
    if (by.kind === 'key') {
      const key = keys[by.nth % keys.length]
      if (key !== undefined) return { kind: 'key', key }
    }
    if (by.kind === 'session') {
      const session = sessions[by.nth % sessions.length]
      if (session !== undefined) return { kind: 'session', session }
    }
    const account = accounts[by.kind === 'admin' ? by.account : 0]
    return { kind: 'admin', account: account?.id ?? '' }
  }

  /** What he presents now, and who he is by that; nobody with what is dead. To present a token acknowledges it. */
  function present(actor: Actor): { readonly token: string; readonly caller?: ModelCaller } {
    if (actor.kind === 'admin') {
      const caller = { account: actor.account, space: null, user: null, rights: undefined }
      return { token: service.adminToken, caller }
    }
    if (actor.kind === 'session') {
      const { session } = actor
      const { token } = session
      if (!sessionWorks(session, world.nowMs)) return { token }
      return { token, caller: callerBy(session.key, session.of) }
    }
    const own = actor.key.tokens.at(-1)
    if (own === undefined) throw new Error(`Key ${actor.key.id} never had a token`)
    if (!works(actor.key, own, world.nowMs)) return { token: own.token }
    return { token: own.token, caller: callerBy(actor.key, own) }
  }

  function callerBy(key: ModelKey, token: ModelToken): ModelCaller {
    acknowledge(key, token, world.nowMs)
    return { account: key.account, space: key.space, user: key.owner, rights: key.scopes }
  }

  return {
    actorOf,
    /** Asks, and holds the answer against the model. Undefined: it was refused, and for a reason that there is. */
    async ask(actor: Actor, question: Question): Promise<Granted | undefined> {
      const { method, path, body, idempotencyKey, refusals } = question
      const { token, caller } = present(actor)
      const reasons = caller === undefined ? ['Unauthorized'] : refusals(caller)
      const answer = await service.send(method, path, {
        token,
        headers: {
          ...(actor.kind === 'admin' ? { 'x-account-id': actor.account } : {}),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        body,
      })
      const { code = answer.status, detail = '' } = answer.body as {
        code?: string
        detail?: string
      }
      const told = `${method} ${path} was answered ${code}: ${detail}`
      if (reasons.length > 0) {
        expect(reasons, told).toContain(code)
        return undefined
      }
      expect(answer.status, told).toBeLessThan(300)
      return caller && { answer, caller }
    },
  }
}
