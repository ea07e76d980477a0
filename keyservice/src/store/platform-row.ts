import type { KeyPlatform } from './port/keys.ts'

// 1 stood for every platform credential when all of them were administrators'.
const stored = [false, 'Administrator', 'Scoped'] as const satisfies KeyPlatform[]

/** How the reach of a key is kept. */
export function platformRow(platform: KeyPlatform): number {
  return stored.indexOf(platform)
}

/** Reads what `platformRow` gave. */
export function platformOf(row: number): KeyPlatform {
  return stored[row] ?? false
}
