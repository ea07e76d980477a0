import type { Service } from '../service.ts'

/** How long the name of a create or a rotation stands for its first answer. */
const keptMs = 7 * 24 * 3_600_000
const batch = 500

/**
 * Forgets idempotency keys that are older than a week: long enough for whoever was stopped in the middle to come back,
 * and a store does not grow with every key that was ever issued. What is pending still is remembered, however old: a
 * repetition must find it. Returns how many were forgotten.
 */
export async function forgetOldAttempts({
  store,
  clock,
}: Pick<Service, 'store' | 'clock'>): Promise<number> {
  let forgotten = 0
  for (;;) {
    const nowMs = clock()
    // A transaction each: nobody waits long for the writer.
    const gone = await store.write(({ idempotency }) =>
      idempotency.forget(nowMs - keptMs, nowMs, batch),
    )
    forgotten += gone
    if (gone < batch) return forgotten
  }
}
