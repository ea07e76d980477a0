import { isLive } from '@latchkey/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Fate } from './key-service.model.ts'
import { type ReconcileModel, startReconcileModel } from './reconcile.model.ts'

// The law of keys shown once, asked of the whole reconcile after anything that people, other controllers, the network and
// crashes may do to one ApiKey, in any order.

const specs = [
  {},
  { displayName: 'Renamed' },
  { scopes: ['billing:read'] },
  { suspend: true },
  { secret: { labels: { team: 'a' }, annotations: { note: 'n' } } },
  { secret: { data: { token: '{{ token }}', id: '{{ keyId }}' } } },
  { secret: { name: 'elsewhere' } },
  { rotation: { period: '60s', gracePeriod: '5s' } },
  { rotation: { period: '60s', strategy: 'Recreate' } },
] as const

/** A call that fails: the how-manieth of the reconcile, and how. */
interface Cut {
  readonly call: number
  readonly fate: Exclude<Fate, 'passes'>
}

type Step =
  | { readonly kind: 'declare'; readonly spec: object }
  | { readonly kind: 'reconcile'; readonly cut: Cut | undefined; readonly stale: boolean }
  | { readonly kind: 'change data' | 'change labels' | 'delete Secret' }
  | { readonly kind: 'revoke' | 'rename' | 'restart' }
  | { readonly kind: 'pass'; readonly seconds: number }

const cut = fc.record({
  call: fc.nat(12),
  fate: fc.constantFrom('lost before' as const, 'lost after' as const),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('reconcile' as const),
      cut: fc.option(cut, { nil: undefined }),
      stale: fc.boolean(),
    }),
  },
  fc.record({ kind: fc.constant('declare' as const), spec: fc.constantFrom(...specs) }),
  fc.record({
    kind: fc.constantFrom(
      ...([
        'change data',
        'change labels',
        'delete Secret',
        'revoke',
        'rename',
        'restart',
      ] as const),
    ),
  }),
  fc.record({ kind: fc.constant('pass' as const), seconds: fc.constantFrom(1, 10, 70) }),
)

it('leaves exactly the recorded keys alive and a working token in the Secret, and none of them in the end, whatever happened before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 16 }), async (steps) => {
      const model = await startReconcileModel()
      try {
        await model.declare({})
        for (const step of steps) await take(model, step)
        await model.declare({ scopes: ['the:end'] })
        await untilReady(model)
        await expectLaw(model)
        await model.remove()
        await untilGone(model)
        expect(model.service.keys().filter(isLive)).toEqual([])
      } finally {
        await model.stop()
      }
    }),
    { numRuns: 100 },
  )
})

async function take(model: ReconcileModel, step: Step): Promise<void> {
  const { service } = model
  const newest = service.keys().at(-1)
  switch (step.kind) {
    case 'declare':
      return model.declare(step.spec)
    case 'reconcile':
      if (!step.stale) await model.hear()
      await decideCut(model, step.cut)
      return
    case 'change data':
      return model.patchSecret({ data: { token: 'dGhlaXJz' } })
    case 'change labels':
      return model.patchSecret({ metadata: { labels: { team: 'theirs', other: 'x' } } })
    case 'delete Secret':
      return model.deleteSecret()
    case 'revoke':
      if (newest !== undefined) await service.port.revoke(newest.id)
      return
    case 'rename':
      if (newest !== undefined && isLive(newest))
        await service.port.update(newest.id, { displayName: 'Theirs' })
      return
    case 'restart':
      return model.restart()
    case 'pass':
      return model.pass(step.seconds * 1000)
  }
}

/** One reconcile of which one call, to either side, is lost before or after its effect. */
async function decideCut(model: ReconcileModel, cut: Cut | undefined): Promise<void> {
  let calls = 0
  const network = (): Fate => {
    calls += 1
    return calls - 1 === cut?.call ? cut.fate : 'passes'
  }
  model.server.setFault(() => {
    const fate = network()
    if (fate === 'passes') return undefined
    return { kind: fate === 'lost before' ? 'cutBefore' : 'cutAfter' }
  })
  model.connect(model.service.over(network))
  await model.decide()
  model.server.setFault(undefined)
  model.connect(model.service.port)
}

async function untilReady(model: ReconcileModel): Promise<void> {
  for (let round = 0; round < 40; round++) {
    const decided = await model.reconcile()
    const ready = await model.condition('Ready')
    if (ready?.status === 'True' && decided.kind !== 'again') return
    await model.pass(decided.kind === 'wait' ? decided.afterMilliseconds : 300_000)
  }
  throw new Error(`Not Ready: ${JSON.stringify(await model.status())}`)
}

async function untilGone(model: ReconcileModel): Promise<void> {
  for (let round = 0; round < 10 && model.exists(); round++) await model.reconcile()
  expect(model.exists()).toBe(false)
}

async function expectLaw(model: ReconcileModel): Promise<void> {
  const { current, previous = [] } = await model.status()
  const live = model.service.keys().filter(isLive)
  const recorded = [current?.keyId, ...previous.map(({ keyId }) => keyId)]
  expect(live.map(({ id }) => id).toSorted()).toEqual(recorded.toSorted())
  const holder = live.find(({ id }) => id === current?.keyId)
  expect(holder).toMatchObject({ state: 'active', displayName: 'shop/api', scopes: ['the:end'] })
  expect(await model.token()).toBe(`lk_${holder?.credentials[0]?.id}`)
}
