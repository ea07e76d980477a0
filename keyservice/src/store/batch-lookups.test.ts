import { expect, test } from 'vitest'
import { batchLookups } from './batch-lookups.ts'
import type { Lookup } from './port/lookup.ts'

/** A query that was sent: which hashes it asks about, and what the database will say. */
interface SentQuery {
  readonly hashes: readonly string[]
  readonly answer: (...found: (Lookup | undefined)[]) => void
  readonly fail: (error: Error) => void
}

/** Lookups over a database that answers when the test says so. */
function gated(concurrency: number) {
  const sent: SentQuery[] = []
  const lookup = batchLookups({
    concurrency,
    query: (hashes) =>
      new Promise((resolve, reject) =>
        sent.push({ hashes, answer: (...found) => resolve(found), fail: reject }),
      ),
  })
  return { sent, lookup }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a lookup joins no query that was sent before it began, not even one about the same token', async () => {
  const { sent, lookup } = gated(2)
  const before = lookup('a')
  await turn()
  const after = lookup('a')
  await turn()
  expect(sent.map(({ hashes }) => hashes)).toEqual([['a'], ['a']])
  // The first was read before a revocation, and arrives after its answer.
  sent[1]?.answer(found('a', 'revoked'))
  sent[0]?.answer(found('a', 'active'))
  expect((await after)?.state).toBe('revoked')
  expect((await before)?.state).toBe('active')
})

test('lookups of one turn share a query, each with its own answer', async () => {
  const { sent, lookup } = gated(2)
  const both = Promise.all([lookup('a'), lookup('b'), lookup('a'), lookup('none')])
  await turn()
  expect(sent.map(({ hashes }) => hashes)).toEqual([['a', 'b', 'a', 'none']])
  sent[0]?.answer(found('a', 'active'), found('b', 'disabled'), found('a', 'active'))
  const states = (await both).map((lookup) => lookup?.state)
  expect(states).toEqual(['active', 'disabled', 'active', undefined])
})

test('what comes while all queries are under way is asked by the next one', async () => {
  const { sent, lookup } = gated(1)
  const first = lookup('a')
  await turn()
  const others = Promise.all([lookup('a'), lookup('b')])
  await turn()
  expect(sent).toHaveLength(1)
  sent[0]?.answer(found('a', 'active'))
  await first
  await turn()
  expect(sent[1]?.hashes).toEqual(['a', 'b'])
  sent[1]?.answer(found('a', 'revoked'))
  expect((await others).map((lookup) => lookup?.state)).toEqual(['revoked', undefined])
})

test('a query that fails takes its own lookups along and no other', async () => {
  const { sent, lookup } = gated(1)
  const first = lookup('a')
  await turn()
  const second = lookup('b')
  sent[0]?.fail(new Error('The connection broke'))
  await expect(first).rejects.toThrow('The connection broke')
  await turn()
  sent[1]?.answer(found('b', 'active'))
  expect((await second)?.state).toBe('active')
})

function found(hash: string, state: Lookup['state']): Lookup {
  return {
    pepper: 0,
    credentialId: `cred-${hash}`,
    kind: 'token',
    role: 'current',
    credentialExpiresMs: null,
    credentialPendingUntilMs: null,
    credentialEndedMs: null,
    credentialEndReason: null,
    keyId: `apiKey-${hash}`,
    account: 'acme',
    space: null,
    owner: null,
    scopes: [],
    state,
    stateReason: null,
    platform: false,
    pendingUntilMs: null,
    expiresMs: null,
    accountScopes: null,
    plan: 'unlimited',
    accountDeleted: false,
    subscriptionActive: true,
    spaceRemoved: false,
    storeRestored: false,
  }
}
