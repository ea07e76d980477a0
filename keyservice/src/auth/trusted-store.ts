import { KeyError } from '@latchkey/core'
import type { Service } from '../service.ts'
import type { Found } from './find.ts'

/**
 * Throws `ServiceUnavailable` while the store is one that came from a backup: nobody knows what was revoked since, so
 * nobody is let in but an administrator, who decides about it.
 */
export async function requireTrustedStore({ store }: Service, found: Found): Promise<void> {
  if ('storeRestored' in found) {
    if (found.storeRestored && found.platform !== 'Administrator') throw restored()
    return
  }
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
