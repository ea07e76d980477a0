import { createHmac, hash } from 'node:crypto'

/**
 * What is kept of a token. A plain SHA-256 is enough: the token has over 190 random bits, so there is nothing to guess,
 * and a slow hash would only slow down every verification.
 */
export function hashToken(token: string): string {
  return hash('sha256', token, 'base64url')
}

/** A secret of the installation that hashes are keyed with: who has the database alone cannot even compare tokens. */
export interface Pepper {
  /** 1 or more; a row without a pepper has version 0. */
  readonly version: number
  readonly secret: string
}

/** A hash, and the version of the pepper that made it. */
export interface TokenHash {
  readonly hash: string
  readonly pepper: number
}

/** How tokens of keys are hashed. */
export interface TokenHashes {
  /** The version that new hashes are made with. */
  readonly newest: number
  /** For what is written now. */
  of(token: string): TokenHash
  /** Every hash under which a token may be kept, the likeliest first. Without peppers there is one. */
  all(token: string): readonly [string, ...string[]]
}

/** Hashes with the pepper `use`, or the highest version; without peppers plainly. */
export function tokenHashes(peppers: readonly Pepper[], use?: number): TokenHashes {
  const wanted = (one: Pepper, other: Pepper) =>
    Number(other.version === use) - Number(one.version === use) || other.version - one.version
  const ordered = [...peppers].sort(wanted)
  const [newest] = ordered
  if (newest === undefined) {
    return {
      newest: 0,
      of: (token) => ({ hash: hashToken(token), pepper: 0 }),
      all: (token) => [hashToken(token)],
    }
  }
  return {
    newest: newest.version,
    of: (token) => ({ hash: keyed(newest, token), pepper: newest.version }),
    all: (token) => [
      keyed(newest, token),
      ...ordered.slice(1).map((pepper) => keyed(pepper, token)),
      hashToken(token),
    ],
  }
}

/** Tells whether a pepper is the one of before, without telling it. */
export function pepperCheck(pepper: Pepper): string {
  return keyed(pepper, 'which pepper is this?')
}

function keyed({ secret }: Pepper, token: string): string {
  return createHmac('sha256', secret).update(token).digest('base64url')
}
