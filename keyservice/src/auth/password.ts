import { scrypt, timingSafeEqual } from 'node:crypto'
import type { RandomBytes } from '@latchkey/core'

// Passwords are chosen by people, so they are kept behind a function that is slow and large on purpose. Each hash names
// its parameters: when they are raised, the next successful login makes the hash anew.

interface Parameters {
  /** Binary logarithm of scrypt's N. */
  readonly ln: number
  readonly r: number
  readonly p: number
}

/** 32 MiB and about a quarter of a second. @see OWASP Password Storage Cheat Sheet */
const current: Parameters = { ln: 15, r: 8, p: 3 }
const saltBytes = 16
const hashBytes = 32

/** What is kept of a password: `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`. */
export async function hashPassword(password: string, randomBytes: RandomBytes): Promise<string> {
  const salt = Buffer.from(randomBytes(saltBytes))
  const hash = await derive(password, salt, current)
  const { ln, r, p } = current
  return `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`
}

/** How a password fits what is kept of it. */
export type PasswordFit = 'Fits' | 'FitsOutdated' | 'Differs'

/**
 * Compares in constant time. `FitsOutdated`: right, but kept with parameters of an earlier version. Without a hash it
 * works as long as with one and answers `Differs`, so that the time of an answer does not tell which users exist.
 */
export async function fitsPassword(
  password: string,
  stored: string | undefined,
): Promise<PasswordFit> {
  const parts = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(stored ?? '')
  if (parts === null) {
    await derive(password, Buffer.alloc(saltBytes), current)
    return 'Differs'
  }
  const [, ln, r, p, salt = '', hash = ''] = parts
  const parameters = { ln: Number(ln), r: Number(r), p: Number(p) }
  const found = await derive(password, Buffer.from(salt, 'base64url'), parameters)
  const expected = Buffer.from(hash, 'base64url')
  if (expected.length !== found.length || !timingSafeEqual(expected, found)) return 'Differs'
  const same =
    parameters.ln === current.ln && parameters.r === current.r && parameters.p === current.p
  return same ? 'Fits' : 'FitsOutdated'
}

function derive(password: string, salt: Buffer, { ln, r, p }: Parameters): Promise<Buffer> {
  const cost = { N: 2 ** ln, r, p, maxmem: 256 * 2 ** ln * r }
  // Two ways to write the same letters must be the same password.
  const text = password.normalize('NFKC')
  return new Promise((resolve, reject) => {
    scrypt(text, salt, hashBytes, cost, (error, hash) => {
      if (error === null) resolve(hash)
      else reject(error)
    })
  })
}
