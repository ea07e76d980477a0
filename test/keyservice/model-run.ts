// Runs one sequence of steps at a real service and at the model, and compares every answer, and after each step everything there is.

import { crc32 } from 'node:zlib'
import { generateToken, keyListBody, verdictBody } from '@latchkey/core'
import { expect } from 'vitest'
import type { TestService } from '../../keyservice/src/test-service.ts'
import { lasting, type ModelKey, type ModelWorld, sessionWorks, stateAt, works } from './model.ts'
import { actors } from './model-actor.ts'
import type { Step } from './model-step.ts'
import { accountSteps } from './model-steps-account.ts'
import { keySteps } from './model-steps-key.ts'
import { tokenSteps } from './model-steps-token.ts'

/** One run: the service, what the model says about it, and how to ask. */
export interface ModelRun {
  readonly service: TestService
  readonly world: ModelWorld
  readonly actors: ReturnType<typeof actors>
  /** A token of somebody's own making, another each time. */
  readonly choose: () => string
  /** A name that was never used before. */
  readonly name: () => string
}

/** The key that a step means; undefined while there is none. */
export function keyOf({ world }: ModelRun, nth: number): ModelKey | undefined {
  return world.keys[nth % world.keys.length]
}

/** Throws at the first answer that the model would not have given. The accounts of the world are new. */
export async function runSteps(
  service: TestService,
  world: ModelWorld,
  steps: readonly Step[],
): Promise<void> {
  let names = 0
  const run: ModelRun = {
    service,
    world,
    actors: actors(service, world),
    choose: () => generateToken({ prefix: 'lk_' }, { randomBytes, crc32 }),
    name: () => `${world.accounts[0]?.id}-${++names}`,
  }
  const takes = { ...accountSteps(run), ...keySteps(run), ...tokenSteps(run) }
  for (const step of steps) {
    await takes[step.kind](step as never)
    await compare(run)
  }
}

function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count))
}

/** All keys of all accounts, and every token and session that ever was. */
async function compare({ service, world }: ModelRun): Promise<void> {
  const { keys, sessions, nowMs, accounts } = world
  const lists = await Promise.all(
    accounts.map(async ({ id }) => {
      const headers = { 'x-account-id': id }
      const answer = await service.send('GET', '/apikeys?limit=500', { headers })
      return keyListBody.parse(answer.body).items
    }),
  )
  const seen = lists.flat().map((key) => ({
    id: key.id,
    account: key.account,
    space: key.space ?? null,
    owner: key.owner ?? null,
    state: key.state,
    leaked: key.state === 'disabled' && key.stateReason === 'KeyLeaked',
    displayName: key.displayName,
    scopes: key.scopes.toSorted(),
    expiresMs: key.expirationTime === undefined ? null : Date.parse(key.expirationTime),
    credentials: key.credentials.map(({ id }) => id).toSorted(),
  }))
  const expected = keys.map((key) => ({
    id: key.id,
    account: key.account,
    space: key.space,
    owner: key.owner,
    state: stateAt(key, nowMs),
    leaked: stateAt(key, nowMs) === 'disabled' && key.leaked,
    displayName: key.displayName,
    scopes: key.scopes.toSorted(),
    expiresMs: key.expiresMs,
    credentials: lasting(key, nowMs)
      .map(({ credentialId }) => credentialId)
      .toSorted(),
  }))
  expect(seen.toSorted(byId)).toEqual(expected.toSorted(byId))

  const credentials = [
    ...keys.flatMap((key) =>
      key.tokens.map((token) => ({
        name: `token ${token.credentialId} of ${key.id}`,
        token: token.token,
        valid: works(key, token, nowMs),
      })),
    ),
    ...sessions.map((session) => ({
      name: `a session of ${session.key.id}`,
      token: session.token,
      valid: sessionWorks(session, nowMs),
    })),
  ]
  const verdicts = await Promise.all(
    credentials.map(async ({ name, token }) => {
      const { body } = await service.send('POST', '/verify', { body: { token, probe: true } })
      return { name, valid: verdictBody.parse(body).valid }
    }),
  )
  expect(verdicts).toEqual(credentials.map(({ name, valid }) => ({ name, valid })))
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1
}
