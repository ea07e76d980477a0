import { expect, test } from 'vitest'
import { presentedIn } from './presented.ts'

const all = { bearer: true, raw: true, pair: true }
const none = { authorization: undefined, apiKey: undefined, apiSecret: undefined }
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
  const off = (way: keyof typeof all) => ({ ...all, [way]: false })
  expect(presentedIn({ ...none, authorization: 'Bearer lk_x' }, off('bearer'))).toBeUndefined()
  expect(presentedIn({ ...none, authorization: 'lk_x' }, off('raw'))).toBeUndefined()
  const pair = { ...none, apiKey: 'apiKey-1', apiSecret: 's' }
  expect(presentedIn(pair, off('pair'))).toBeUndefined()
})

test('two credentials at once are none', () => {
  const two = { authorization: 'Bearer lk_x', apiKey: 'apiKey-1', apiSecret: 's' }
  expect(presentedIn(two, all)).toBeUndefined()
})

test('what is too long, or another scheme, is not looked up', () => {
  expect(presentedIn({ ...none, authorization: 'x'.repeat(513) }, all)).toBeUndefined()
  expect(presentedIn({ ...none, authorization: 'Basic abc' }, all)).toBeUndefined()
})
