import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Change, RecordStore } from './record-store.ts'

type Thing = { readonly namespace: string; readonly name: string; readonly resourceVersion: string }

const thing = (name: string, version: number | string): Thing => ({
  namespace: 'default',
  name,
  resourceVersion: String(version),
})

function create() {
  const changes: Change<Thing>[] = []
  const store = new RecordStore<Thing>((change) => changes.push(change))
  const contents = () =>
    Object.fromEntries(
      [...store.values()].map(({ name, resourceVersion }) => [name, resourceVersion]),
    )
  const read = (version: number, ...things: readonly Thing[]) => {
    store.beginList()
    for (const record of things) store.apply(record)
    store.endList(String(version))
  }
  return { store, changes, contents, read }
}

describe('a complete read', () => {
  test('sweeps what it does not contain, only at its end', () => {
    const { store, contents, read, changes } = create()
    read(10, thing('a', 1), thing('b', 2))
    store.beginList()
    store.apply(thing('b', 2))
    expect(contents()).toEqual({ a: '1', b: '2' })
    store.endList('20')
    expect(contents()).toEqual({ b: '2' })
    expect(changes.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
      'added default/a',
      'added default/b',
      'deleted default/a',
    ])
  })

  test('keeps what was written since it began, though it does not contain it', () => {
    const { store, contents } = create()
    store.beginList()
    store.put(thing('ours', 30))
    store.endList('20')
    expect(contents()).toEqual({ ours: '30' })
  })

  test('sweeps what was written since it began but deleted before its snapshot', () => {
    const { store, contents } = create()
    store.beginList()
    store.put(thing('ours', 30))
    store.endList('40')
    expect(contents()).toEqual({})
  })

  test('believes a server that was restored from a backup and counts from lower again', () => {
    const { read, contents } = create()
    read(1_000, thing('a', 900))
    read(50, thing('a', 40), thing('b', 45))
    expect(contents()).toEqual({ a: '40', b: '45' })
  })

  test('forgets a former one that broke off', () => {
    const { store, contents } = create()
    store.beginList()
    store.apply(thing('gone', 1))
    store.beginList()
    store.apply(thing('a', 2))
    store.endList('10')
    expect(contents()).toEqual({ a: '2' })
  })
})

describe('a write of our own', () => {
  test('is told once, as such, with what it replaced', () => {
    const { store, changes, read } = create()
    read(10, thing('a', 1))
    store.put(thing('a', 11))
    store.apply(thing('a', 11))
    expect(changes.slice(1)).toEqual([
      {
        kind: 'updated',
        key: 'default/a',
        record: thing('a', 11),
        previous: thing('a', 1),
        initial: false,
        written: true,
      },
    ])
  })

  test('outlives the older events that come after it', () => {
    const { store, contents, read } = create()
    read(10, thing('a', 1))
    store.put(thing('a', 99))
    store.apply(thing('a', 12))
    expect(contents()).toEqual({ a: '99' })
    store.apply(thing('a', 100))
    expect(contents()).toEqual({ a: '100' })
  })

  test('is ignored when the watch has been faster', () => {
    const { store, contents, read } = create()
    read(10)
    store.apply(thing('a', 11))
    store.remove(thing('a', 12))
    store.put(thing('a', 11))
    expect(contents()).toEqual({})
  })

  test('that ended the object does not bring it back', () => {
    const { store, contents, read } = create()
    read(10, thing('a', 1))
    store.remove(thing('a', 12))
    store.put(thing('a', 12))
    expect(contents()).toEqual({})
  })

  test('that created an object again outlives the deletion before it', () => {
    const { store, contents, read } = create()
    read(10, thing('a', 1))
    store.put(thing('a', 15))
    store.remove(thing('a', 14))
    expect(contents()).toEqual({ a: '15' })
  })

  test('counts versions as numbers, not as text', () => {
    const { store, contents, read } = create()
    read(9, thing('a', 9))
    store.put(thing('a', 10))
    store.apply(thing('a', 9))
    expect(contents()).toEqual({ a: '10' })
  })

  test('gives way to the next event where versions cannot be compared', () => {
    const { store, contents, read } = create()
    read(1, thing('a', 'x'))
    store.put(thing('a', 'y'))
    store.apply(thing('a', 'z'))
    expect(contents()).toEqual({ a: 'z' })
  })
})

/** What etcd holds, and what of it has reached us on the two ways: the watch in order, answers at any time. */
type Step =
  | { readonly kind: 'write'; readonly name: string; readonly answered: boolean }
  | { readonly kind: 'delete'; readonly name: string }
  | { readonly kind: 'deliver'; readonly count: number }
  | { readonly kind: 'answer'; readonly index: number }
  | { readonly kind: 'relist'; readonly during: number; readonly late: string }

const name = fc.constantFrom('a', 'b', 'c')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), name, answered: fc.boolean() }),
  fc.record({ kind: fc.constant('delete' as const), name }),
  fc.record({ kind: fc.constant('deliver' as const), count: fc.nat(4) }),
  fc.record({ kind: fc.constant('answer' as const), index: fc.nat(9) }),
  fc.record({ kind: fc.constant('relist' as const), during: fc.nat(3), late: name }),
)

test('whatever order events, answers and reads arrive in, the cache ends as the server is and handlers saw each step', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let revision = 10
      const etcd = new Map<string, Thing>()
      const events: { readonly kind: 'apply' | 'remove'; readonly record: Thing }[] = []
      const answers: Thing[] = []
      const told = new Map<string, Thing>()
      const store = new RecordStore<Thing>(({ kind, key, record, previous }) => {
        expect(told.get(key)).toEqual(previous)
        if (kind === 'deleted') told.delete(key)
        else told.set(key, record)
      })
      const deliver = (count: number) => {
        for (const { kind, record } of events.splice(0, count)) store[kind](record)
      }
      const write = (written: string) => {
        revision += 1
        const record = thing(written, revision)
        etcd.set(written, record)
        events.push({ kind: 'apply', record })
        return record
      }
      const relist = (during: number, late: string) => {
        store.beginList()
        const snapshot = [...etcd.values()]
        const version = String(revision)
        events.length = 0
        for (const record of answers.splice(0, during)) store.put(record)
        const record = write(late)
        store.put(record)
        for (const read of snapshot) store.apply(read)
        store.endList(version)
        expect(store.get(`default/${late}`)).toEqual(record)
      }
      relist(0, 'a')
      for (const action of steps) {
        if (action.kind === 'write') {
          const record = write(action.name)
          if (action.answered) answers.push(record)
        } else if (action.kind === 'delete') {
          if (!etcd.delete(action.name)) continue
          revision += 1
          events.push({ kind: 'remove', record: thing(action.name, revision) })
        } else if (action.kind === 'deliver') deliver(action.count)
        else if (action.kind === 'relist') relist(action.during, action.late)
        else {
          const [record] = answers.splice(action.index, 1)
          if (record === undefined) continue
          store.put(record)
          const known = store.get(`default/${record.name}`)
          // Never older than what we know to have written, unless it is gone by now.
          if (known !== undefined)
            expect(Number(known.resourceVersion)).toBeGreaterThanOrEqual(
              Number(record.resourceVersion),
            )
        }
      }
      deliver(events.length)
      for (const record of answers.splice(0)) store.put(record)
      const contents = new Map([...store.values()].map((record) => [record.name, record]))
      expect(contents).toEqual(etcd)
      expect(new Map([...told.values()].map((record) => [record.name, record]))).toEqual(etcd)
    }),
    { numRuns: 500 },
  )
})
