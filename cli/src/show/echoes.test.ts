import { expect, it } from 'vitest'
import { withoutEchoes } from './echoes.ts'

const refusal = {
  kind: 'ApiKey',
  name: 'shop/billing',
  reason: 'NameTaken',
  note: 'Choose another name',
  tone: 'bad',
} as const

it('tells once what a condition and its Event both say, and again when it happens again later', () => {
  const isNew = withoutEchoes()
  expect(isNew(refusal, 1_000)).toBe(true)
  expect(isNew(refusal, 1_200)).toBe(false)
  expect(isNew({ ...refusal, name: 'shop/mobile' }, 1_200)).toBe(true)
  expect(isNew(refusal, 9_000)).toBe(true)
})
