import { KeyError } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import type { Service } from '../service.ts'
import type { Tables } from '../store/port.ts'

/**
 * Runs a write that one caller named, unless the same is under way: `RequestInFlight`, from this replica (the set) as from
 * any other (the lock of the database).
 */
export async function inFlight<T>(
  service: Service,
  caller: Caller,
  attempt: string,
  work: (tables: Tables) => Promise<T>,
): Promise<T> {
  const name = `${caller.actor} ${attempt}`
  if (service.inFlight.has(name)) throw underWay()
  service.inFlight.add(name)
  try {
    return await service.store.write(async (tables) => {
      if (!(await tables.idempotency.tryLock(name))) throw underWay()
      return work(tables)
    })
  } finally {
    service.inFlight.delete(name)
  }
}

function underWay(): KeyError {
  return new KeyError(
    'RequestInFlight',
    'The first request with this name has not been answered yet; try again shortly',
  )
}
