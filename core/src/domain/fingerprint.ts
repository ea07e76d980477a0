const offset = 0xcbf29ce484222325n
const prime = 0x100000001b3n
const mask = 0xffffffffffffffffn

/**
 * A 64-bit fingerprint (FNV-1a) of a text as 16 hexadecimal digits: tells whether a declaration changed and spreads
 * timers. It is no protection against anybody; secrets are digested elsewhere.
 */
export function fingerprint(text: string): string {
  return hash(text).toString(16).padStart(16, '0')
}

/** The same text always gives the same fraction in [0, 1). */
export function fraction(text: string): number {
  return Number(hash(text) & 0xfffffn) / 0x100000
}

function hash(text: string): bigint {
  let value = offset
  for (let index = 0; index < text.length; index++) {
    value = ((value ^ BigInt(text.charCodeAt(index))) * prime) & mask
  }
  // FNV mixes the last characters badly; one more round spreads names that differ only there.
  return ((value ^ (value >> 29n)) * prime) & mask
}
