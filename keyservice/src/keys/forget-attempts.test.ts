import { expect, test } from 'vitest'
import type { Store, Tables } from '../store/port.ts'
import { forgetOldAttempts } from './forget-attempts.ts'

test('names of requests are forgotten after a week, in several transactions where there are many', async () => {
  const nowMs = Date.UTC(2026, 0, 9)
  const asked: (readonly number[])[] = []
  const old = [500, 500, 3]
  const tables = {
    idempotency: {
      forget: async (...limits: number[]) => {
        asked.push(limits)
        return old.shift() ?? 0
      },
    },
  } as unknown as Tables
  const store = { write: (work) => work(tables) } as Pick<Store, 'write'> as Store
  expect(await forgetOldAttempts({ store, clock: () => nowMs })).toBe(1003)
  expect(asked).toEqual(Array(3).fill([Date.UTC(2026, 0, 2), nowMs, 500]))
})
