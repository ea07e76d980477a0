import { KeyError } from '@latchkey/core'
import type { Service } from '../service.ts'
import type { Lookup } from '../store/port/lookup.ts'
import type { Found } from './find.ts'

/**
 * Throws `ServiceUnavailable` while the store is one that came from a backup: nobody knows what was revoked since, so
 * nobody is let in but an administrator, who decides about it.
 */
export function requireTrustedRow({ storeRestored, platform }: Lookup): void {
  if (storeRestored && platform !== 'Administrator') throw restored()
}

/** Throws the same for whoever is not found by a row that says so. */
export async function requireTrustedStore({ store }: Pick<Service, 'store'>): Promise<void> {
  const life = await store.read((tables) => tables.life.find())
  if (life?.restored) throw restored()
}

/** Throws the same for a verification, whoever asks. */
export function requireTrustedVerdict(asking: Found | undefined): void {
  if (asking !== undefined && 'storeRestored' in asking && asking.storeRestored) throw restored()
}

function restored(): KeyError {
  return new KeyError(
    'ServiceUnavailable',
    'The key service was restored from a backup; an administrator must decide about what was revoked since, with POST /store/reapply or POST /store/accept-loss',
  )
}
