// What may happen in a run of the model. Steps name what they mean by its place among what there is by then, so that any part of a
// run is a run as well, and fast-check can leave out what a failure does not need.

import fc from 'fast-check'

/** Who takes a step: the administrator in one of the accounts, or whoever holds a key or a session of the run. */
export type By =
  | { readonly kind: 'admin'; readonly account: number }
  | { readonly kind: 'key' | 'session'; readonly nth: number }

/** Which token of a key. */
export type Which = 'newest' | 'oldest' | 'before'

/** One step. `key` picks one of the keys so far, counted from the first. */
export type Step = { readonly by: By } & (
  | {
      readonly kind: 'issue'
      readonly pending: boolean
      readonly named: boolean
      readonly chosen: boolean
      readonly space: boolean
      readonly owner: boolean
      readonly scopes: readonly string[]
      readonly lifeSeconds: number | null
    }
  | {
      readonly kind: 'rotate'
      readonly key: number
      readonly graceSeconds: number
      readonly pending: boolean
      readonly named: boolean
    }
  | { readonly kind: 'repeat' | 'repeatRotation'; readonly key: number; readonly altered: boolean }
  | {
      readonly kind: 'revoke' | 'disable' | 'enable' | 'endPrevious'
      readonly key: number
    }
  | {
      readonly kind: 'activate' | 'probe' | 'use' | 'leak' | 'login'
      readonly key: number
      readonly which: Which
    }
  | { readonly kind: 'rename'; readonly key: number; readonly displayName: string }
  | { readonly kind: 'rescope'; readonly key: number; readonly scopes: readonly string[] }
  | { readonly kind: 'extend'; readonly key: number; readonly lifeSeconds: number | null }
  | { readonly kind: 'removeSpace' | 'removeUser' }
  | { readonly kind: 'revokeOwned'; readonly miscounted: boolean }
  | { readonly kind: 'pass'; readonly seconds: number }
)

type Holding<One, Kind> = One extends { readonly kind: infer Its }
  ? [Kind & Its] extends [never]
    ? never
    : One
  : never

/** The steps of one kind, or of several. */
export type StepOf<Kind extends Step['kind']> = Holding<Step, Kind>

/** The first ones more often: what happens to one key is worth more than the number of keys. */
const key = fc.oneof(fc.constant(0), fc.nat(1), fc.nat(5))
const which = fc.constantFrom<Which>('newest', 'newest', 'oldest', 'before')
const rarely = fc.nat(5).map((dice) => dice === 5)
const often = fc.nat(3).map((dice) => dice < 3)
const lifeSeconds = fc.option(fc.constantFrom(60, 3600, 172_800), { freq: 2 })
/** What the keys of a run can do at most. */
export const everything = [
  'readApiKeys',
  'writeApiKeys',
  'verifyApiKeys',
  'chooseToken',
  'assignOwners',
  'crm:read',
]
const scopes = fc.constantFrom<readonly string[]>(
  [],
  ['crm:read'],
  everything,
  everything,
  everything.filter((scope) => scope !== 'crm:read'),
)

const by: fc.Arbitrary<By> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('admin' as const), account: fc.nat(1) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('key', 'key', 'key', 'session'), nth: key }),
  },
)

const kinds = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('issue' as const),
      pending: fc.boolean(),
      named: often,
      chosen: rarely,
      space: fc.boolean(),
      owner: rarely,
      scopes,
      lifeSeconds,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('rotate' as const),
      key,
      graceSeconds: fc.constantFrom(0, 60, 60, 3600),
      pending: fc.boolean(),
      named: often,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('repeat', 'repeat', 'repeatRotation'),
      key,
      altered: rarely,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('revoke', 'disable', 'enable', 'enable', 'endPrevious'),
      key,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('activate', 'probe', 'use', 'leak', 'login'),
      key,
      which,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.oneof(
      fc.record({
        kind: fc.constant('rename' as const),
        key,
        displayName: fc.constantFrom('a', 'b', 'é'),
      }),
      fc.record({ kind: fc.constant('rescope' as const), key, scopes }),
      fc.record({ kind: fc.constant('extend' as const), key, lifeSeconds }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({ kind: fc.constantFrom('removeSpace', 'removeUser') }),
      fc.record({ kind: fc.constant('revokeOwned' as const), miscounted: rarely }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      seconds: fc.constantFrom(1, 59, 60, 60, 3600, 86_400),
    }),
  },
)

/** Runs of steps, each of them able to stand alone. */
export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.tuple(by, kinds).map(([who, what]): Step => ({ by: who, ...what })),
  { minLength: 1, maxLength: 40, size: 'max' },
)
