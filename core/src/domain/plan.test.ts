import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mutableFields } from './key-service-port.ts'
import type { Observed } from './observed.ts'
import {
  applied,
  fresh,
  hours,
  keysOf,
  live,
  replaceKey,
  settle,
  start,
  wish,
} from './plan.model.ts'
import { plan } from './plan.ts'

describe('plan', () => {
  it('issues, delivers and acknowledges one key for a fresh ApiKey', () => {
    const { observed, plan: end, steps } = settle(wish({}), fresh, start)
    expect(steps.map((step) => step.kind)).toEqual(['issue'])
    expect(end.standing).toMatchObject({ kind: 'ready', reason: 'Ready' })
    expect(live(observed)).toEqual(['key-1'])
  })

  it('sets the finalizer before the first key is issued', () => {
    const { steps } = settle(wish({}), { ...fresh, finalizer: false }, start)
    expect(steps.map((step) => step.kind)).toEqual(['addFinalizer', 'issue'])
  })

  it('mints nothing for a Secret that belongs to somebody else', () => {
    const { steps, plan: end } = settle(
      wish({}),
      { ...fresh, secret: { kind: 'foreign', owner: 'helm' } },
      start,
    )
    expect(steps).toEqual([])
    expect(end.standing).toMatchObject({ kind: 'stalled', reason: 'SecretConflict' })
    expect(end.standing.message).toContain('helm')
  })

  it('mints nothing while the service cannot be used, and sets no finalizer either', () => {
    const service = { kind: 'unusable', reason: 'ServiceNotFound', message: 'no service' } as const
    const { steps, plan: end } = settle(
      wish({}),
      { ...fresh, finalizer: false, service, keys: { kind: 'unknown' } },
      start,
    )
    expect(steps).toEqual([])
    expect(end.standing).toEqual({
      kind: 'stalled',
      reason: 'ServiceNotFound',
      message: 'no service',
    })
  })

  it('issues no first key from a service that is being deleted, and looks after those it has', () => {
    const capabilities = { mint: 'Pending', mutable: new Set(mutableFields) } as const
    const service = { kind: 'usable', capabilities, terminating: true } as const
    const refused = settle(wish({}), { ...fresh, finalizer: false, service }, start)
    expect(refused.steps).toEqual([])
    expect(refused.plan.standing).toMatchObject({ kind: 'stalled', reason: 'ServiceTerminating' })
    const { observed } = settle(wish({}), fresh, start)
    const lost: Observed = { ...observed, service, secret: { kind: 'absent' } }
    const { steps, plan: end } = settle(wish({}), lost, start)
    expect(steps.map((step) => step.kind)).toContain('issue')
    expect(end.standing.kind).toBe('ready')
  })

  it('leaves an ApiKey Ready while its service is away and nothing is known to differ', () => {
    const { observed } = settle(wish({}), fresh, start)
    const away = { kind: 'unusable', reason: 'ServiceUnreachable', message: 'away' } as const
    expect(plan(wish({}), { ...observed, service: away }, start).standing.kind).toBe('ready')
    const restarted: Observed = {
      ...observed,
      service: away,
      keys: { kind: 'unknown' },
      settled: true,
    }
    expect(plan(wish({}), restarted, start).standing.kind).toBe('ready')
  })

  it('believes that a key is gone only after a complete list', () => {
    const { observed } = settle(wish({}), fresh, start)
    const doubtful: Observed = { ...observed, keys: { kind: 'known', keys: [], confirmed: false } }
    const { steps, observed: after } = settle(wish({}), doubtful, start)
    expect(steps.map((step) => step.kind)).toEqual(['confirm', 'issue'])
    expect(steps[1]).toMatchObject({ revision: 2, reason: 'Reissued' })
    expect(live(after)).toEqual(['key-2'])
  })

  it('issues another key when the Secret is gone and ends the lost one at once', () => {
    const { observed } = settle(wish({}), fresh, start)
    const { observed: after, steps } = settle(
      wish({}),
      { ...observed, secret: { kind: 'absent' } },
      start,
    )
    expect(steps.map((step) => step.kind)).toEqual(['confirm', 'issue', 'revoke'])
    expect(live(after)).toEqual(['key-2'])
  })

  it('replaces a leaked key at once, says so, and leaves the dead one dead', () => {
    const { observed } = settle(wish({}), fresh, start)
    const leaked = replaceKey(observed, 'key-1', { state: 'disabled', stateReason: 'KeyLeaked' })
    const { observed: after, steps } = settle(wish({}), leaked, start)
    expect(live(after)).toEqual(['key-2'])
    expect(steps.at(-1)).toMatchObject({
      kind: 'issue',
      reason: 'KeyLeaked',
      message: expect.stringContaining('key-1 was published'),
    })
  })

  it('does not issue around a person who disabled the key', () => {
    const { observed } = settle(wish({}), fresh, start)
    const { steps, plan: end } = settle(
      wish({}),
      replaceKey(observed, 'key-1', { state: 'disabled' }),
      start,
    )
    expect(steps.map((step) => step.kind)).toEqual(['confirm'])
    expect(end.standing.reason).toBe('KeyDisabled')
  })

  it('changes name, scopes and end in place', () => {
    const { observed } = settle(wish({ scopes: ['a'] }), fresh, start)
    const next = wish({ displayName: 'New', scopes: ['b'], expiration: { after: '48h' } })
    const { steps, plan: end } = settle(next, observed, start)
    expect(steps).toMatchObject([
      { kind: 'update', keyId: 'key-1', change: { displayName: 'New', scopes: ['b'] } },
    ])
    expect(end.standing.kind).toBe('ready')
  })

  it('issues another key with an overlap where the service changes no such field in place', () => {
    const capabilities = { mint: 'Pending', mutable: new Set(['displayName'] as const) } as const
    const { observed } = settle(
      wish({ scopes: ['a'] }),
      { ...fresh, service: { kind: 'usable', capabilities, terminating: false } },
      start,
    )
    const { steps, observed: after } = settle(wish({ scopes: ['b'] }), observed, start)
    expect(steps).toMatchObject([{ kind: 'issue', reason: 'Rotated' }])
    expect(live(after)).toEqual(['key-1', 'key-2'])
  })

  it('takes another spelling of the same instant for no difference', () => {
    const desired = wish({ expiration: { time: '2027-01-01T01:00:00+01:00' } })
    const { observed } = settle(desired, fresh, start)
    const spelled = replaceKey(observed, 'key-1', { expirationTime: '2027-01-01T00:00:00Z' })
    expect(plan(desired, spelled, start).actions).toEqual([])
  })

  it('rotates with an overlap and revokes the previous key when its grace period ends', () => {
    const desired = wish({ rotation: { period: '100h', gracePeriod: '2h' } })
    const first = settle(desired, fresh, start)
    const due = first.plan.nextTime as Date
    expect(due.getTime()).toBeGreaterThan(hours(89).getTime())
    expect(due.getTime()).toBeLessThanOrEqual(hours(100).getTime())
    const second = settle(desired, first.observed, due)
    expect(live(second.observed)).toEqual(['key-1', 'key-2'])
    expect(second.plan.standing.kind).toBe('ready')
    const end = new Date(due.getTime() + 7_200_000)
    expect(second.plan.nextTime).toEqual(end)
    expect(live(settle(desired, second.observed, end).observed)).toEqual(['key-2'])
  })

  it('ends a grace period in time although its successor is rotated in turn', () => {
    const desired = wish({ rotation: { period: '100h', gracePeriod: '150h' } })
    const first = settle(desired, fresh, start)
    const second = settle(desired, first.observed, hours(100))
    const third = settle(desired, second.observed, hours(200))
    expect(live(third.observed)).toEqual(['key-1', 'key-2', 'key-3'])
    expect(third.plan.previous.map(({ endTime }) => endTime)).toEqual([hours(250), hours(350)])
    expect(live(settle(desired, third.observed, hours(250)).observed)).toEqual(['key-2', 'key-3'])
  })

  it('revokes first where the strategy is Recreate', () => {
    const desired = wish({ rotation: { period: '100h', strategy: 'Recreate' } })
    const first = settle(desired, fresh, start)
    const { steps, observed } = settle(desired, first.observed, hours(101))
    expect(steps.map((step) => step.kind).slice(0, 2)).toEqual(['revoke', 'issue'])
    expect(live(observed)).toEqual(['key-2'])
  })

  it('says that a key has expired and mints nothing without a rotation', () => {
    const desired = wish({ expiration: { after: '10h' } })
    const first = settle(desired, fresh, start)
    expect(first.plan.nextTime).toEqual(hours(10))
    const { plan: end, observed } = settle(desired, first.observed, hours(11))
    expect(end.standing).toMatchObject({ kind: 'stalled', reason: 'KeyExpired' })
    expect(keysOf(observed)).toHaveLength(1)
  })

  it('refuses an end in the past and mints nothing', () => {
    const { steps, plan: end } = settle(
      wish({ expiration: { time: '2020-01-01T00:00:00Z' } }),
      fresh,
      start,
    )
    expect(steps).toEqual([])
    expect(end.standing).toMatchObject({ kind: 'stalled', reason: 'ExpirationInPast' })
  })

  it('moves to the Secret of another name with an overlap and removes the former one after', () => {
    const { observed } = settle(wish({}), fresh, start)
    const moved: Observed = { ...observed, secret: { kind: 'absent' }, formerSecrets: ['api'] }
    const { steps, observed: after } = settle(wish({ secret: { name: 'other' } }), moved, start)
    expect(steps.map((step) => step.kind)).toEqual(['confirm', 'issue', 'removeSecret'])
    expect(live(after)).toEqual(['key-1', 'key-2'])
  })

  it('changes nothing while suspended, not even on deletion', () => {
    const { observed } = settle(wish({}), fresh, start)
    const suspended = wish({ suspend: true, scopes: ['x'] })
    expect(plan(suspended, observed, start).actions).toEqual([])
    expect(plan(suspended, { ...observed, deleting: true }, start).actions).toEqual([])
  })

  it('lets an ApiKey go only after a complete list and the revocation of every live key', () => {
    const { observed } = settle(wish({}), fresh, start)
    const { steps, observed: after } = settle(wish({}), { ...observed, deleting: true }, start)
    expect(steps.map((step) => step.kind)).toEqual(['confirm', 'revoke', 'removeFinalizer'])
    expect(live(after)).toEqual([])
  })

  it('keeps the key of a retained ApiKey', () => {
    const { observed } = settle(wish({}), fresh, start)
    const { steps, observed: after } = settle(
      wish({ deletionPolicy: 'Retain' }),
      { ...observed, deleting: true },
      start,
    )
    expect(steps.map((step) => step.kind)).toEqual(['removeFinalizer'])
    expect(live(after)).toEqual(['key-1'])
  })

  it('holds an ApiKey whose keys cannot be revoked, unless a person forces it', () => {
    const { observed } = settle(wish({}), fresh, start)
    const away: Observed = {
      ...observed,
      deleting: true,
      service: { kind: 'unusable', reason: 'ServiceUnreachable', message: 'away' },
    }
    const held = plan(wish({}), away, start)
    expect(held.actions).toEqual([])
    expect(held.standing.message).toContain('latchkey.dev/force-delete')
    expect(
      plan(wish({}), { ...away, forced: true }, start).actions.map((action) => action.kind),
    ).toEqual(['removeFinalizer'])
  })

  const specs = fc.record(
    {
      displayName: fc.constantFrom('a', 'b'),
      description: fc.constantFrom('x', 'y'),
      space: fc.constantFrom('s1', 's2'),
      scopes: fc.uniqueArray(fc.constantFrom('r', 'w', 'x')),
      expiration: fc.constantFrom({ after: '500h' }, { time: '2027-01-01T00:00:00Z' }),
      rotation: fc.constantFrom(
        { period: '50h', gracePeriod: '5h' },
        { period: '50h', strategy: 'Recreate' as const },
      ),
    },
    { requiredKeys: [] },
  )
  const disturbance = fc.constantFrom(
    'nothing',
    'secretGone',
    'tampered',
    'keyRevoked',
    'keyForgotten',
    'leaked',
    'undressed',
    'reshaped',
  )

  function disturb(observed: Observed, what: string): Observed {
    const { secret } = observed
    const keyId = secret.kind === 'ours' ? secret.keyId : ''
    const ours = secret.kind === 'ours' ? secret : undefined
    switch (what) {
      case 'secretGone':
        return { ...observed, secret: { kind: 'absent' } }
      case 'tampered':
        return ours === undefined ? observed : { ...observed, secret: { ...ours, intact: false } }
      case 'undressed':
        return ours === undefined ? observed : { ...observed, secret: { ...ours, dressed: false } }
      case 'reshaped':
        return ours === undefined ? observed : { ...observed, secret: { ...ours, shaped: false } }
      case 'keyRevoked':
        return replaceKey(observed, keyId, { state: 'revoked' })
      case 'leaked':
        return replaceKey(observed, keyId, { state: 'disabled', stateReason: 'KeyLeaked' })
      case 'keyForgotten': {
        const keys = keysOf(observed).filter((key) => key.record.id !== keyId)
        return { ...observed, keys: { kind: 'known', keys, confirmed: false } }
      }
      default:
        return observed
    }
  }

  it('comes to rest after any history, with one live key and those in their grace period', () => {
    const histories = fc.array(
      fc.record({
        spec: specs,
        disturbance,
        cut: fc.integer({ min: 1, max: 3 }),
        passedHours: fc.integer({ min: 0, max: 80 }),
      }),
      { minLength: 1, maxLength: 8 },
    )
    fc.assert(
      fc.property(histories, (history) => {
        let observed = fresh
        let now = start
        for (const step of history) {
          now = new Date(now.getTime() + step.passedHours * 3_600_000)
          const desired = wish(step.spec)
          observed = disturb(observed, step.disturbance)
          // A crash in the middle of whatever comes first, then a restart that knows the service's list.
          const [first] = plan(desired, observed, now).actions
          if (first !== undefined) observed = applied(desired, observed, first, now, step.cut)
          const settled = settle(
            desired,
            { ...observed, keys: { kind: 'known', keys: keysOf(observed), confirmed: false } },
            now,
          )
          observed = settled.observed
          expect(settled.plan.standing.kind).toBe('ready')
          const { secret } = observed
          const held = secret.kind === 'ours' ? secret.keyId : ''
          const allowed = [held, ...settled.plan.previous.map(({ key }) => key.record.id)].sort()
          expect(live(observed).sort()).toEqual(allowed)
          expect(plan(desired, observed, now).actions).toEqual([])
        }
      }),
      { numRuns: 500 },
    )
  })
})
