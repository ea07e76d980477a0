// Runs one sequence of operations at a real service and at the model, and compares every answer.

import { issuedKeyBody, keyListBody, verdictBody } from '@latchkey/core'
import { expect } from 'vitest'
import type { TestService } from '../../keyservice/src/test-service.ts'
import { acknowledge, countLive, endTokens, type ModelKey, stateAt, works } from './model.ts'

/** One step. `key` picks one of the keys so far, counted from the first. */
export type Step =
  | { readonly kind: 'issue'; readonly pending: boolean; readonly lifeSeconds: number | null }
  | { readonly kind: 'rotate'; readonly key: number; readonly graceSeconds: number }
  | {
      readonly kind: 'repeat' | 'activate' | 'probe' | 'use' | 'revoke' | 'disable' | 'enable'
      readonly key: number
    }
  | { readonly kind: 'rename'; readonly key: number; readonly displayName: string }
  | { readonly kind: 'pass'; readonly seconds: number }

/** Live keys at most in each account of a run. */
export const keyLimit = 4
const pendingSeconds = 86_400

/** Throws at the first answer that the model would not have given. The account is new and has the limit. */
export async function runSteps(
  service: TestService,
  account: string,
  steps: readonly Step[],
  clock: { nowMs: number },
): Promise<void> {
  const keys: ModelKey[] = []
  const headers = { 'x-account-id': account }
  const send = (method: string, path: string, body?: object, more: Record<string, string> = {}) =>
    service.send(method, path, {
      headers: { ...headers, ...more },
      ...(body === undefined ? {} : { body }),
    })
  const verify = async (token: string, probe: boolean) =>
    verdictBody.parse((await send('POST', '/verify', { token, probe })).body).valid

  const issue = async (pending: boolean, lifeSeconds: number | null) => {
    const idempotencyKey = pending ? `${account}-${keys.length}` : undefined
    const answer = await send(
      'POST',
      '/apikeys',
      wish(pending, lifeSeconds),
      idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
    )
    const room = countLive(keys, clock.nowMs) < keyLimit
    expect(answer.status).toBe(room ? 201 : 403)
    if (!room) return
    const { key, credential } = issuedKeyBody.parse(answer.body)
    keys.push({
      id: key.id,
      state: pending ? 'pending' : 'active',
      pendingUntilMs: pending ? clock.nowMs + pendingSeconds * 1000 : null,
      expiresMs: lifeSeconds === null ? null : clock.nowMs + lifeSeconds * 1000,
      displayName: 'k',
      tokens: [{ token: credential.token ?? '', credentialId: credential.id, endsMs: null }],
      create: idempotencyKey === undefined ? undefined : { idempotencyKey, lifeSeconds },
    })
  }

  /** The create of a pending key once more: a fresh token while it is unused, a refusal afterwards. */
  const repeat = async (key: ModelKey) => {
    if (key.create === undefined) return
    const more = { 'idempotency-key': key.create.idempotencyKey }
    const answer = await send('POST', '/apikeys', wish(true, key.create.lifeSeconds), more)
    const unused = stateAt(key, clock.nowMs) === 'pending'
    expect(answer.status).toBe(unused ? 201 : 409)
    if (!unused) return
    const issued = issuedKeyBody.parse(answer.body)
    expect(issued.key.id).toBe(key.id)
    endTokens(key, clock.nowMs)
    key.pendingUntilMs = clock.nowMs + pendingSeconds * 1000
    const { id, token = '' } = issued.credential
    key.tokens.push({ token, credentialId: id, endsMs: null })
  }

  const rotate = async (key: ModelKey, graceSeconds: number) => {
    const body = { gracePeriodSeconds: graceSeconds }
    const answer = await send('POST', `/apikeys/${key.id}/rotate`, body)
    const inGrace = key.tokens.filter((token) => works(key, token, clock.nowMs)).length > 1
    const may = stateAt(key, clock.nowMs) === 'active' && !inGrace
    expect(answer.status).toBe(may ? 200 : 409)
    if (!may) return
    endTokens(key, clock.nowMs + graceSeconds * 1000)
    const { id, token = '' } = issuedKeyBody.parse(answer.body).credential
    key.tokens.push({ token, credentialId: id, endsMs: null })
  }

  const one = async (
    kind: Exclude<Step['kind'], 'issue' | 'rotate' | 'pass' | 'rename'>,
    key: ModelKey,
  ) => {
    const state = stateAt(key, clock.nowMs)
    const newest = key.tokens.at(-1)
    const act = async (verb: string, body: object = {}) =>
      (await send('POST', `/apikeys/${key.id}/${verb}`, body)).status
    switch (kind) {
      case 'repeat':
        return repeat(key)
      case 'probe':
      case 'use':
        expect(await verify(newest?.token ?? '', kind === 'probe')).toBe(
          newest !== undefined && works(key, newest, clock.nowMs),
        )
        if (kind === 'use' && state === 'pending') acknowledge(key)
        return
      case 'activate': {
        const alive = state === 'pending' || state === 'active'
        const body = { credentialId: newest?.credentialId ?? '' }
        expect(await act('activate', body)).toBe(alive ? 200 : 409)
        if (alive) acknowledge(key)
        return
      }
      case 'revoke':
        expect((await send('DELETE', `/apikeys/${key.id}`)).status).toBe(204)
        key.state = 'revoked'
        return
      case 'disable': {
        const may = state === 'active' || state === 'disabled'
        expect(await act('disable')).toBe(may ? 200 : 409)
        if (may) key.state = 'disabled'
        return
      }
      case 'enable': {
        const room = state !== 'disabled' || countLive(keys, clock.nowMs) < keyLimit
        const alive = state !== 'revoked' && state !== 'expired'
        expect(await act('enable')).toBe(alive ? (room ? 200 : 403) : 409)
        if (state === 'disabled' && room) key.state = 'active'
      }
    }
  }

  const rename = async (key: ModelKey, displayName: string) => {
    const state = stateAt(key, clock.nowMs)
    const alive = state !== 'revoked' && state !== 'expired'
    const answer = await send('PATCH', `/apikeys/${key.id}`, { displayName })
    expect(answer.status).toBe(alive ? 200 : 409)
    if (alive) key.displayName = displayName
  }

  const take = async (step: Step) => {
    if (step.kind === 'issue') return issue(step.pending, step.lifeSeconds)
    if (step.kind === 'pass') {
      service.pass(step.seconds)
      clock.nowMs += step.seconds * 1000
      return
    }
    const key = keys[step.key % keys.length]
    if (key === undefined) return
    if (step.kind === 'rotate') return rotate(key, step.graceSeconds)
    if (step.kind === 'rename') return rename(key, step.displayName)
    return one(step.kind, key)
  }

  for (const step of steps) {
    await take(step)
    await compare()
  }

  /** The whole list, and every token that ever was. */
  async function compare(): Promise<void> {
    const list = keyListBody.parse((await send('GET', '/apikeys?limit=500')).body)
    const seen = list.items.map(({ id, state, displayName }) => `${id} ${state} ${displayName}`)
    const expected = keys.map((key) => `${key.id} ${stateAt(key, clock.nowMs)} ${key.displayName}`)
    expect(seen.sort()).toEqual(expected.sort())
    for (const key of keys) {
      for (const token of key.tokens) {
        expect(await verify(token.token, true), `a token of ${key.id}`).toBe(
          works(key, token, clock.nowMs),
        )
      }
    }
  }
}

function wish(pending: boolean, lifeSeconds: number | null): object {
  return {
    displayName: 'k',
    ...(pending ? { pending } : {}),
    ...(lifeSeconds === null ? {} : { expiration: { after: `${lifeSeconds}s` } }),
  }
}
