import { Token } from './token.ts'

/** What a caller presents: one string, or a public key id with a secret. */
export type Credential =
  | { readonly kind: 'token'; readonly token: Token }
  | { readonly kind: 'pair'; readonly apiKey: string; readonly apiSecret: Token }

/**
 * The parts of a credential by the names that Secrets and templates use: `token`, or `apiKey` and
 * `apiSecret`. The values are clear text: hand them to the Secret and to nothing else.
 */
export function credentialParts(credential: Credential): Readonly<Record<string, string>> {
  return credential.kind === 'token'
    ? { token: credential.token.reveal() }
    : { apiKey: credential.apiKey, apiSecret: credential.apiSecret.reveal() }
}

/** Reads a credential back from its parts, as a Secret or an HTTP body holds them; undefined when incomplete. */
export function credentialFromParts(parts: {
  readonly token?: string | undefined
  readonly apiKey?: string | undefined
  readonly apiSecret?: string | undefined
}): Credential | undefined {
  if (parts.token) return { kind: 'token', token: new Token(parts.token) }
  if (parts.apiKey && parts.apiSecret) {
    return { kind: 'pair', apiKey: parts.apiKey, apiSecret: new Token(parts.apiSecret) }
  }
  return undefined
}
