import fc from 'fast-check'
import type { TestService } from '../../keyservice/src/test-service.ts'
import { keyLimit, type ModelAccount, type ModelWorld } from './model.ts'
import { found } from './model-found.ts'
import { runSteps } from './model-run.ts'
import { steps } from './model-step.ts'

/** The settings of a service that the model knows. */
export const settingsOfModel = {
  plans: [
    { id: 'unlimited', displayName: 'Unlimited' },
    { id: 'few', displayName: 'Few', keyLimit },
  ],
  // What has died of waiting is written down some time later: the model knows no such time.
  sweepSeconds: 86_400,
}

/** Drives a service with random steps and throws, with the fewest steps that show it, when it does other than the model. */
export async function checkModel(
  service: TestService,
  { runs: numRuns, seed }: { readonly runs: number; readonly seed: number },
): Promise<void> {
  let nowMs = Date.UTC(2026, 0, 1)
  let runs = 0
  const property = fc.asyncProperty(steps, async (steps) => {
    const run = ++runs
    const accounts = [
      await newAccount(service, `run-${run}-a`),
      await newAccount(service, `run-${run}-b`),
    ]
    const world: ModelWorld = { nowMs, accounts, keys: [], sessions: [] }
    try {
      await runSteps(service, world, steps)
    } finally {
      nowMs = world.nowMs
    }
  })
  const examples = found.map((run): [typeof run] => [run])
  await fc.assert(property, { numRuns, examples, seed })
}

/** A fresh account with the limit, a space and a user. */
async function newAccount(service: TestService, id: string): Promise<ModelAccount> {
  const account = { id, space: `${id}-space`, user: `${id}-user` }
  const make = (path: string, body: object, headers: Record<string, string> = {}) =>
    service.send('POST', path, { headers, body })
  await make('/accounts', { id, displayName: id, plan: 'few' })
  const headers = { 'x-account-id': id }
  await make('/spaces', { id: account.space, displayName: 'Space' }, headers)
  await make('/users', { id: account.user, displayName: 'User' }, headers)
  return { ...account, spaceRemoved: false, userRemoved: false }
}
