import type { Rules } from '../service.ts'

/** A credential as it came in a request, in clear: it goes into a hash and nowhere else. */
export type Presented =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'pair'; readonly apiKey: string; readonly apiSecret: string }
  /** A token that a Kubernetes cluster gave to a ServiceAccount. */
  | { readonly kind: 'jwt'; readonly token: string }
  /** What logging in gave. */
  | { readonly kind: 'session'; readonly token: string }

/** The headers that matter, as Node or hono give them. */
export interface CredentialHeaders {
  readonly authorization: string | undefined
  /** `x-api-key`, with `x-api-secret`. */
  readonly apiKey: string | undefined
  readonly apiSecret: string | undefined
  /** `api-key`, with a whole token. */
  readonly wholeKey: string | undefined
}

/** What decides how a presented text is read. */
export type Reading = Pick<Rules, 'authentication' | 'session'>

const longest = 512
const longestJwt = 8192

/** Finds the credential in the ways that are switched on. Two at once are none: nobody guesses which was meant. */
export function presentedIn(headers: CredentialHeaders, rules: Reading): Presented | undefined {
  const { authorization, apiKey, apiSecret, wholeKey } = headers
  const { authentication } = rules
  if (apiKey !== undefined || apiSecret !== undefined) {
    if (authorization !== undefined || wholeKey !== undefined) return undefined
    if (!authentication.pair || !apiKey || !apiSecret) return undefined
    if (apiKey.length > longest || apiSecret.length > longest) return undefined
    return { kind: 'pair', apiKey, apiSecret }
  }
  if (wholeKey !== undefined) {
    if (authorization !== undefined || !authentication.apiKeyHeader) return undefined
    return asToken(wholeKey)
  }
  if (authorization === undefined || authorization.length > longestJwt) return undefined
  if (authentication.serviceAccount) {
    const jwt = /^bearer +(eyJ[\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1]
    if (jwt !== undefined) return { kind: 'jwt', token: jwt }
  }
  if (authorization.length > longest) return undefined
  const bearer = /^bearer +([^ ]+)$/i.exec(authorization)?.[1]
  if (bearer?.startsWith(rules.session.prefix)) {
    return authentication.session ? { kind: 'session', token: bearer } : undefined
  }
  if (bearer !== undefined) return authentication.bearer ? asToken(bearer) : undefined
  return authentication.raw ? asToken(authorization) : undefined
}

/** Reads a token that a body carries: one of a session, where there are any, else one of a key. */
export function presentedToken(token: string, { authentication, session }: Reading): Presented {
  const kind = authentication.session && token.startsWith(session.prefix) ? 'session' : 'token'
  return { kind, token }
}

function asToken(token: string): Presented | undefined {
  const plausible = token !== '' && token.length <= longest && !token.includes(' ')
  return plausible ? { kind: 'token', token } : undefined
}
