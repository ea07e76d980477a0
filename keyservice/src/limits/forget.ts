import type { Service } from '../service.ts'

const longestWindowMs = 86_400_000

/** Forgets windows that are over. Nothing depends on when this runs. */
export async function forgetOldWindows(service: Service): Promise<void> {
  if (service.limiter === undefined) return
  await service.store.write((tables) => tables.rates.forget(service.clock() - longestWindowMs))
}
