/**
 * A 64-bit fingerprint of a text as 16 hexadecimal digits: tells whether a declaration changed and spreads timers. It is
 * no protection against anybody; secrets are digested elsewhere. The domain has no hash of a library at hand, and this
 * runs in every reconcile, so it is two multiplicative hashes of 32 bits, mixed at the end.
 */
export function fingerprint(text: string): string {
  return hashes(text)
    .map((hash) => hash.toString(16).padStart(8, '0'))
    .join('')
}

/** The same text always gives the same fraction in [0, 1). */
export function fraction(text: string): number {
  return hashes(text)[0] / 0x100000000
}

function hashes(text: string): [number, number] {
  let first = 0x811c9dc5
  let second = 0x9e3779b9
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    first = Math.imul(first ^ code, 0x01000193)
    second = Math.imul(second ^ code, 0x5bd1e995)
  }
  return [mixed(first, second), mixed(second, first)]
}

/** Lets every bit of both reach every bit of the result: texts that differ in their last letter fall far apart. */
function mixed(hash: number, other: number): number {
  let bits = hash ^ Math.imul(other ^ (other >>> 15), 0x2c1b3c6d)
  bits = Math.imul(bits ^ (bits >>> 16), 0x297a2d39)
  return (bits ^ (bits >>> 15)) >>> 0
}
