import { expect, test } from 'vitest'
import { presentedIn } from './presented.ts'

const session = { prefix: 'lksession_', seconds: 60 }
const ways = {
  bearer: true,
  raw: true,
  pair: true,
  apiKeyHeader: true,
  session: true,
  serviceAccount: false,
}
const all = { authentication: ways, session }
const none = {
  authorization: undefined,
  apiKey: undefined,
  apiSecret: undefined,
  wholeKey: undefined,
}
const token = { kind: 'token', token: 'lk_x' }

test('P20 A6 B7: a token is taken as Bearer, in any case, and as the bare header', () => {
  for (const authorization of ['Bearer lk_x', 'bearer lk_x', 'lk_x']) {
    expect(presentedIn({ ...none, authorization }, all)).toEqual(token)
  }
})

test('C12: a key and its secret are taken together and never apart', () => {
  const both = { ...none, apiKey: 'apiKey-1', apiSecret: 's' }
  expect(presentedIn(both, all)).toEqual({ kind: 'pair', apiKey: 'apiKey-1', apiSecret: 's' })
  expect(presentedIn({ ...none, apiKey: 'apiKey-1' }, all)).toBeUndefined()
  expect(presentedIn({ ...none, apiSecret: 's' }, all)).toBeUndefined()
})

test('each way can be switched off', () => {
  const off = (way: keyof typeof ways) => ({
    session,
    authentication: { ...ways, [way]: false },
  })
  expect(presentedIn({ ...none, authorization: 'Bearer lk_x' }, off('bearer'))).toBeUndefined()
  expect(presentedIn({ ...none, authorization: 'lk_x' }, off('raw'))).toBeUndefined()
  expect(presentedIn({ ...none, wholeKey: 'lk_x' }, off('apiKeyHeader'))).toBeUndefined()
  const pair = { ...none, apiKey: 'apiKey-1', apiSecret: 's' }
  expect(presentedIn(pair, off('pair'))).toBeUndefined()
})

test('two credentials at once are none', () => {
  const bearer = { ...none, authorization: 'Bearer lk_x' }
  const pair = { apiKey: 'apiKey-1', apiSecret: 's' }
  expect(presentedIn({ ...bearer, ...pair }, all)).toBeUndefined()
  expect(presentedIn({ ...bearer, wholeKey: 'lk_x' }, all)).toBeUndefined()
  expect(presentedIn({ ...none, ...pair, wholeKey: 'lk_x' }, all)).toBeUndefined()
})

test('what is too long, or another scheme, is not looked up', () => {
  expect(presentedIn({ ...none, authorization: 'x'.repeat(513) }, all)).toBeUndefined()
  expect(presentedIn({ ...none, authorization: 'Basic abc' }, all)).toBeUndefined()
})

test('C11: the token of a session is known by its prefix, and only as Bearer', () => {
  const read = (authorization: string) => presentedIn({ ...none, authorization }, all)
  expect(read('Bearer lksession_x')).toEqual({ kind: 'session', token: 'lksession_x' })
  expect(read('lksession_x')).toEqual({ kind: 'token', token: 'lksession_x' })
})
