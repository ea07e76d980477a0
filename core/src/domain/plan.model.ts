import type { Action, Plan } from './action.ts'
import { apiKeySpec } from './api-key.ts'
import { type DesiredKey, desiredKey } from './desired-key.ts'
import { expirationTime } from './expiration.ts'
import { isLive, type KeyRecord } from './key-record.ts'
import { mutableFields } from './key-service-port.ts'
import type { Observed, OwnKey } from './observed.ts'
import { plan } from './plan.ts'

// A small model of the world for the tests of the plan: a service with keys, one Secret, one ApiKey. Actions are applied to
// it as the operator would, and the plan is asked again; what must hold is asserted on the model, not on calls.

export const start = new Date('2026-01-05T00:00:00Z')
export const hours = (amount: number) => new Date(start.getTime() + amount * 3_600_000)

export function wish(spec: unknown): DesiredKey {
  return desiredKey(apiKeySpec.parse(spec), {
    cluster: 'c',
    namespace: 'shop',
    name: 'api',
    uid: 'u-1',
  })
}

export const fresh: Observed = {
  deleting: false,
  forced: false,
  finalizer: true,
  service: {
    kind: 'usable',
    capabilities: { mint: 'Pending', mutable: new Set(mutableFields) },
    terminating: false,
  },
  secret: { kind: 'absent' },
  formerSecrets: [],
  keys: { kind: 'known', keys: [], confirmed: false },
  delivered: false,
  settled: false,
}

export function keysOf(observed: Observed): readonly OwnKey[] {
  return observed.keys.kind === 'known' ? observed.keys.keys : []
}

export function replaceKey(observed: Observed, id: string, change: Partial<KeyRecord>): Observed {
  return changeKey(observed, id, (record) => ({ ...record, ...change }))
}

function changeKey(
  observed: Observed,
  id: string,
  change: (record: KeyRecord) => KeyRecord,
): Observed {
  const keys = keysOf(observed).map((key) =>
    key.record.id === id ? { ...key, record: change(key.record) } : key,
  )
  const confirmed = observed.keys.kind === 'known' && observed.keys.confirmed
  return { ...observed, keys: { kind: 'known', keys, confirmed } }
}

let tokens = 0

function mint(
  desired: DesiredKey,
  observed: Observed,
  action: Extract<Action, { kind: 'issue' }>,
  now: Date,
): Observed {
  const before = keysOf(observed).find((key) => key.record.id === `key-${action.revision}`)
  if (before !== undefined) {
    // The service's own rule: the same idempotency key asks for the same key, while that is pending.
    const same = before.mark.specHash === desired.specHash && before.mark.cause === action.cause
    if (before.record.state !== 'pending' || !same)
      throw new Error(`The service refuses revision ${action.revision}`)
  }
  tokens += 1
  const { wish: wished, specHash } = desired
  const record: KeyRecord = {
    id: `key-${action.revision}`,
    displayName: wished.displayName,
    ...(wished.description === undefined ? {} : { description: wished.description }),
    account: wished.account ?? 'primary',
    ...(wished.space === undefined ? {} : { space: wished.space }),
    scopes: [...wished.scopes],
    state: 'pending',
    credentials: [
      { id: `token-${tokens}`, role: 'current', preview: 'lk_…', createdTime: now.toISOString() },
    ],
    metadata: {},
    createdTime: now.toISOString(),
    ...(wished.expiration === undefined
      ? {}
      : { expirationTime: expirationTime(wished.expiration, now).toISOString() }),
    version: 1,
  }
  const others = keysOf(observed).filter((key) => key.record.id !== record.id)
  const mark = {
    cluster: 'c',
    namespace: 'shop',
    name: 'api',
    uid: 'u-1',
    revision: action.revision,
    specHash,
    cause: action.cause,
  }
  return {
    ...observed,
    keys: { kind: 'known', keys: [...others, { record, mark }], confirmed: false },
  }
}

/** `cut` stops an issue after the mint (1) or after the Secret (2), as a crash would. */
export function applied(
  desired: DesiredKey,
  observed: Observed,
  action: Action,
  now: Date,
  cut = 3,
): Observed {
  switch (action.kind) {
    case 'addFinalizer':
      return { ...observed, finalizer: true }
    case 'removeFinalizer':
      return { ...observed, finalizer: false }
    case 'confirm':
      return { ...observed, keys: { kind: 'known', keys: keysOf(observed), confirmed: true } }
    case 'issue': {
      const minted = mint(desired, observed, action, now)
      if (cut === 1) return minted
      const keyId = `key-${action.revision}`
      const credentialId = `token-${tokens}`
      const secret = {
        kind: 'ours',
        keyId,
        credentialId,
        revision: action.revision,
        intact: true,
        shaped: true,
        dressed: true,
      } as const
      const written: Observed = { ...minted, secret, delivered: true }
      return cut === 2 ? written : replaceKey(written, keyId, { state: 'active' })
    }
    case 'acknowledge':
      return replaceKey(observed, action.keyId, { state: 'active' })
    case 'update': {
      const { expiration: end, description, displayName, scopes } = action.change
      return changeKey(observed, action.keyId, ({ expirationTime: before, ...record }) => {
        const time =
          end === undefined || end === null
            ? end
            : expirationTime(end, new Date(record.createdTime)).toISOString()
        const kept = time === undefined ? before : time
        return {
          ...record,
          ...(displayName === undefined ? {} : { displayName }),
          ...(scopes === undefined ? {} : { scopes: [...scopes] }),
          ...(description === undefined ? {} : { description: description ?? '' }),
          ...(kept ? { expirationTime: kept } : {}),
        }
      })
    }
    case 'revoke':
      return replaceKey(observed, action.keyId, { state: 'revoked' })
    case 'dressSecret':
      return observed.secret.kind === 'ours'
        ? { ...observed, secret: { ...observed.secret, dressed: true } }
        : observed
    case 'removeSecret':
      return {
        ...observed,
        formerSecrets: observed.formerSecrets.filter((name) => name !== action.name),
      }
  }
}

export function settle(
  desired: DesiredKey,
  observed: Observed,
  now: Date,
): { observed: Observed; plan: Plan; steps: Action[] } {
  const steps: Action[] = []
  let state = observed
  for (let round = 0; round < 20; round++) {
    const next = plan(desired, state, now)
    if (next.actions.length === 0) return { observed: state, plan: next, steps }
    for (const action of next.actions) {
      steps.push(action)
      state = applied(desired, state, action, now)
    }
  }
  throw new Error(`No rest: ${steps.map((step) => step.kind).join(' ')}`)
}

export function live(observed: Observed): string[] {
  return keysOf(observed)
    .filter((key) => isLive(key.record))
    .map((key) => key.record.id)
}
