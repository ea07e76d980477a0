import type { Service } from '../service.ts'
import { failuresKeptMs } from './failed-logins.ts'

const sessionsKeptMs = 24 * 3_600_000

/** Forgets sessions and failed logins that are long over. Nothing depends on when this runs. */
export async function forgetOldLogins(service: Service): Promise<void> {
  await service.store.write(async (tables) => {
    const nowMs = service.clock()
    await tables.sessions.forget(nowMs - sessionsKeptMs)
    await tables.logins.forget(nowMs - failuresKeptMs)
  })
}
