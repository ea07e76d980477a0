import type { Authentication } from '../service.ts'

/** A credential as it came in a request, in clear: it goes into a hash and nowhere else. */
export type Presented =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'pair'; readonly apiKey: string; readonly apiSecret: string }

/** The headers that matter, as Node or hono give them. */
export interface CredentialHeaders {
  readonly authorization: string | undefined
  readonly apiKey: string | undefined
  readonly apiSecret: string | undefined
}

const longest = 512

/** Finds the credential in the ways that are switched on. Two at once are none: nobody guesses which was meant. */
export function presentedIn(
  headers: CredentialHeaders,
  allowed: Authentication,
): Presented | undefined {
  const { authorization, apiKey, apiSecret } = headers
  if (apiKey !== undefined || apiSecret !== undefined) {
    if (!allowed.pair || !apiKey || !apiSecret || authorization !== undefined) return undefined
    if (apiKey.length > longest || apiSecret.length > longest) return undefined
    return { kind: 'pair', apiKey, apiSecret }
  }
  if (authorization === undefined || authorization.length > longest) return undefined
  const bearer = /^bearer +([^ ]+)$/i.exec(authorization)?.[1]
  if (bearer !== undefined) return allowed.bearer ? { kind: 'token', token: bearer } : undefined
  if (!allowed.raw || authorization.includes(' ')) return undefined
  return { kind: 'token', token: authorization }
}
