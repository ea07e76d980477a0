import { hash } from 'node:crypto'

/**
 * What is kept of a token. A plain SHA-256 is enough: the token has over 190 random bits, so there is nothing to guess,
 * and a slow hash would only slow down every verification.
 */
export function hashToken(token: string): string {
  return hash('sha256', token, 'base64url')
}
